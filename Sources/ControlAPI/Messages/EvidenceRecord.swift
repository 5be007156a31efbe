/// What shows that an incident is real: for a site's owner to look up in their own logs.
package struct EvidenceRecord: Codable, Sendable, Hashable {
    /// Ray ids that the edge gave, newest last.
    package var cfRay: [String]
    /// Data centres of the edge that were seen.
    package var colos: [String]
    /// null = no HTTP answer.
    @OrNull package var status: Int?
    /// libcurl's error number; null = the transfer itself succeeded.
    @OrNull package var curlCode: Int?
    /// Why crawld ended the connection: `stalled-in-parser` or `overhead`; null = it did not.
    @OrNull package var connectionEnd: String?
    @OrNull package var remoteIP: String?
    @OrNull package var httpVersion: String?
    package var viaProxy: Bool
    /// The edge's own word for its error, such as `connection_timeout`; null = it gave none.
    @OrNull package var errorName: String?
    /// Whose fault it is by the edge's word: `origin`, `cloudflare`, `ssl` and so on.
    @OrNull package var errorCategory: String?
    /// Whether the edge thinks that asking again may help.
    @OrNull package var retryable: Bool?
    /// Of a robots.txt that could not be had: how often each outcome was met, by its name or the fault's. null =
    /// of others, whose cause tells.
    @OrNull package var outcomes: [String: Int]?

    package init(cfRay: [String] = [], colos: [String] = [], viaProxy: Bool = false) {
        self.cfRay = cfRay
        self.colos = colos
        self.viaProxy = viaProxy
        _status = OrNull(wrappedValue: nil)
        _curlCode = OrNull(wrappedValue: nil)
        _connectionEnd = OrNull(wrappedValue: nil)
        _remoteIP = OrNull(wrappedValue: nil)
        _httpVersion = OrNull(wrappedValue: nil)
        _errorName = OrNull(wrappedValue: nil)
        _errorCategory = OrNull(wrappedValue: nil)
        _retryable = OrNull(wrappedValue: nil)
        _outcomes = OrNull(wrappedValue: nil)
    }

    private enum CodingKeys: String, CodingKey {
        case colos, status, outcomes, retryable
        case cfRay = "cf_ray"
        case curlCode = "curl_code"
        case connectionEnd = "connection_end"
        case remoteIP = "remote_ip"
        case httpVersion = "http_version"
        case viaProxy = "via_proxy"
        case errorName = "error_name"
        case errorCategory = "error_category"
    }
}
