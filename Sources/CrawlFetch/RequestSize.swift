internal import Glibc

/// How long our own request would be on the wire.
enum RequestSize {
    /// `GET `, ` HTTP/1.1`, `Host: `, `User-Agent: `, `Accept: */*` and their line ends.
    private static let fixed = 64
    /// The URL stands for the path and the Host header, of which it is the sum.
    static func of(
        url: UnsafePointer<CChar>, keepsBody: Bool, _ limits: FetchLimits, profile: RequestProfile? = nil
    ) -> Int {
        let lines = profile?.lines.reduce(0) { $0 + of(line: $1) } ?? 0
        return lines + strnlen(url, limits.maxRequestBytes + 1) + limits.userAgent.utf8.count + fixed
            + (keepsBody ? of(line: KeptBody.acceptEncoding) : 0)
    }

    /// A header line with its line end.
    static func of(line: String) -> Int { line.utf8.count + 2 }
}
