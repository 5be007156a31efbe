/// Why a URL is not being fetched, and what its last attempts met: the answer of `GET /v1/explain`.
package struct Explanation: Codable, Sendable, Hashable {
    package var url: String
    package var state: String
    /// When it is asked next, as far as is known, estimated where others of its origin go before it; null = not before an operator or a rule changes something.
    @OrNull package var nextAttemptAt: String?
    /// Its place among the due URLs of its origin; null = it is not due, is held, or its origin has no other.
    @OrNull package var queue: Queue?
    /// The heaviest reason first; empty = it is due, and its turn comes.
    package var because: [Reason]
    /// Open, of the URL or of its origin.
    @OrNull package var incident: String?
    /// What is wrong with the robots.txt of its origin, as `RobotsRecord.fault`; null = nothing.
    @OrNull package var robots: String?
    /// Its origin is asked by the worker for such alone; null = as all others are.
    @OrNull package var askedApart: Apart?
    /// What it has cost so far, and what was saved.
    package var ledger: LedgerRecord
    /// The last attempts of the present streak of failures, the newest first; empty for a URL that does not fail.
    package var history: [AttemptRecord]

    /// An origin that cost a worker more than its share.
    package struct Apart: Codable, Sendable, Hashable {
        /// `stalled-in-parser`, `overhead` or `overdrew`.
        package var reason: String
        package var since: String
        /// null = when its streak of failures ends.
        @OrNull package var until: String?

        package init(reason: String, since: String, until: String?) {
            self.reason = reason
            self.since = since
            _until = OrNull(wrappedValue: until)
        }
    }

    /// What goes before it at its origin.
    package struct Queue: Codable, Sendable, Hashable {
        /// 1 = it is next; null = more than 10,000 go before it, and `next_attempt_at` is the earliest that is possible.
        @OrNull package var place: Int?
        /// Due URLs of its origin, it too; null = more than 10,000.
        @OrNull package var of: Int?

        package init(place: Int?, of: Int?) {
            _place = OrNull(wrappedValue: place)
            _of = OrNull(wrappedValue: of)
        }
    }

    package struct Reason: Codable, Sendable, Hashable {
        /// `queue`, `not-due`, `crawl-delay`, `retry-after`, `budget`, `robots`, `probe-slots`, `origin-broken` and so on.
        package var rule: String
        /// The values behind it, and what ends it if no time does.
        package var detail: String
        /// When it ends by itself, at the latest; null = that is not known, or never.
        @OrNull package var until: String?

        package init(rule: String, detail: String, until: String? = nil) {
            self.rule = rule
            self.detail = detail
            _until = OrNull(wrappedValue: until)
        }
    }

    package init(
        url: String, state: String, nextAttemptAt: String?, because: [Reason], incident: String?, ledger: LedgerRecord,
        history: [AttemptRecord]
    ) {
        self.url = url
        self.state = state
        _nextAttemptAt = OrNull(wrappedValue: nextAttemptAt)
        self.because = because
        _incident = OrNull(wrappedValue: incident)
        _robots = OrNull(wrappedValue: nil)
        _queue = OrNull(wrappedValue: nil)
        _askedApart = OrNull(wrappedValue: nil)
        self.ledger = ledger
        self.history = history
    }

    private enum CodingKeys: String, CodingKey {
        case url, state, queue, because, incident, robots, ledger, history
        case nextAttemptAt = "next_attempt_at"
        case askedApart = "asked_apart"
    }
}

/// One attempt with what shows why it was judged so.
package struct AttemptRecord: Codable, Sendable, Hashable {
    package var at: String
    package var outcome: String
    /// null = no HTTP answer.
    @OrNull package var status: Int?
    /// libcurl's error number; null = the transfer itself succeeded.
    @OrNull package var curlCode: Int?
    @OrNull package var osErrno: Int?
    /// libcurl's own words.
    @OrNull package var error: String?
    @OrNull package var remoteIP: String?
    @OrNull package var httpVersion: String?
    @OrNull package var server: String?
    @OrNull package var cfRay: String?
    @OrNull package var colo: String?
    @OrNull package var cfErrorType: String?
    @OrNull package var cfMitigated: String?
    /// `x-amzn-waf-action`: AWS WAF answered in the page's place.
    @OrNull package var wafAction: String?
    /// Cloudflare's own code, of a 1xxx page or of the document about its error.
    @OrNull package var cfCode: Int?
    /// The edge's own word for its error, such as `connection_timeout`.
    @OrNull package var errorName: String?
    /// Whose fault it is by the edge's word: `origin`, `cloudflare`, `ssl` and so on.
    @OrNull package var errorCategory: String?
    /// Whether the edge thinks that asking again may help.
    @OrNull package var retryable: Bool?
    /// Seconds that the server asked us to wait.
    @OrNull package var retryAfter: Int64?
    @OrNull package var bodyMarker: String?
    /// Why crawld ended the connection: `stalled-in-parser` or `overhead`; null = it did not.
    @OrNull package var connectionEnd: String?
    package var viaProxy = false
    /// What a proxy answered to a CONNECT.
    @OrNull package var connectStatus: Int?
    package var bytes: Int64 = 0
    /// Microseconds from the start of the request to the end of each phase; 0 = it was not reached, null = nothing is known.
    @OrNull package var times: Times?

    package struct Times: Codable, Sendable, Hashable {
        package var dns: Int
        package var connect: Int
        package var tls: Int
        package var firstByte: Int
        package var total: Int

        package init(dns: Int, connect: Int, tls: Int, firstByte: Int, total: Int) {
            self.dns = dns
            self.connect = connect
            self.tls = tls
            self.firstByte = firstByte
            self.total = total
        }

        private enum CodingKeys: String, CodingKey {
            case dns = "dns_us"
            case connect = "connect_us"
            case tls = "tls_us"
            case firstByte = "first_byte_us"
            case total = "total_us"
        }
    }

    package init(at: String, outcome: String) {
        self.at = at
        self.outcome = outcome
        _status = OrNull(wrappedValue: nil)
        _curlCode = OrNull(wrappedValue: nil)
        _osErrno = OrNull(wrappedValue: nil)
        _error = OrNull(wrappedValue: nil)
        _remoteIP = OrNull(wrappedValue: nil)
        _httpVersion = OrNull(wrappedValue: nil)
        _server = OrNull(wrappedValue: nil)
        _cfRay = OrNull(wrappedValue: nil)
        _colo = OrNull(wrappedValue: nil)
        _cfErrorType = OrNull(wrappedValue: nil)
        _cfMitigated = OrNull(wrappedValue: nil)
        _wafAction = OrNull(wrappedValue: nil)
        _cfCode = OrNull(wrappedValue: nil)
        _errorName = OrNull(wrappedValue: nil)
        _errorCategory = OrNull(wrappedValue: nil)
        _retryable = OrNull(wrappedValue: nil)
        _retryAfter = OrNull(wrappedValue: nil)
        _bodyMarker = OrNull(wrappedValue: nil)
        _connectionEnd = OrNull(wrappedValue: nil)
        _connectStatus = OrNull(wrappedValue: nil)
        _times = OrNull(wrappedValue: nil)
    }

    private enum CodingKeys: String, CodingKey {
        case at, outcome, status, error, server, colo, bytes, times, retryable
        case errorName = "error_name"
        case errorCategory = "error_category"
        case retryAfter = "retry_after"
        case connectStatus = "connect_status"
        case curlCode = "curl_code"
        case osErrno = "errno"
        case remoteIP = "remote_ip"
        case httpVersion = "http_version"
        case cfRay = "cf_ray"
        case cfErrorType = "cf_error_type"
        case cfMitigated = "cf_mitigated"
        case wafAction = "waf_action"
        case cfCode = "cf_code"
        case bodyMarker = "body_marker"
        case connectionEnd = "connection_end"
        case viaProxy = "via_proxy"
    }
}
