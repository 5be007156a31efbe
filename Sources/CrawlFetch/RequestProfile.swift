/// How a request looks to a server: what is sent in place of the fetcher's own. The configuration checks it.
package struct RequestProfile: Sendable, Hashable {
    package enum HTTP: String, Sendable, Hashable, CaseIterable {
        case http11 = "1.1"
        /// Offered by ALPN; a server that does not speak it is asked over HTTP/1.1.
        case http2 = "2"
    }

    package struct Header: Sendable, Hashable {
        package var name: String
        /// "" = the header is left out, also one that is always sent else (`Accept`, `User-Agent`).
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var headers: [Header] = []
    /// nil = as `FetchLimits.http2` says.
    package var http: HTTP?
    /// OpenSSL's names, joined by colons; those that begin with `TLS_` are TLS 1.3's. "" = libcurl's own.
    package var tlsCiphers = ""
    /// Names of curves, joined by colons; "" = libcurl's own.
    package var tlsCurves = ""

    package init() {}

    /// As libcurl takes them: nothing behind the colon leaves the header out.
    var lines: [String] { headers.map { $0.value.isEmpty ? "\($0.name):" : "\($0.name): \($0.value)" } }

    /// Suites of TLS 1.3 (true) or up to 1.2; nil = none are named.
    func ciphers(ofTLS13: Bool) -> String? {
        let names = tlsCiphers.split(separator: ":").filter { $0.hasPrefix("TLS_") == ofTLS13 }
        return names.isEmpty ? nil : names.joined(separator: ":")
    }
}
