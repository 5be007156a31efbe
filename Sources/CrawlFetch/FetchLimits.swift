package import CrawlCore
package import CurlKit

/// What bounds a worker and its requests; the `fetch` section of the configuration.
package struct FetchLimits: Sendable {
    /// Requests at a time over all workers; default 1,024. Callers keep within it, and within `WorkerPool.shares`.
    package var maxInFlight = 1024
    /// Name, TCP and TLS together; default 10 s.
    package var connectTimeout: Duration = .seconds(10)
    /// From the start of a request to the first byte of its answer; default 60 s, zero = no limit of its own.
    package var responseTimeout: Duration = .seconds(60)
    /// The whole request; default 5 min, zero = none.
    package var totalTimeout: Duration = .seconds(300)
    /// Bytes of a body as they come over the wire; default 16 MiB. Longer bodies are cut and flagged.
    package var maxBody: Int64 = 16 << 20
    /// Bytes of all header blocks of one answer; default 256 KiB.
    package var maxHeaderBytes = 256 << 10
    /// Bytes of our own request (URL and headers); default 16 KiB. A longer one is not sent: the server's refusal would
    /// look like its failure.
    package var maxRequestBytes = 16 << 10
    /// Offer HTTP/2 by ALPN on https; default true.
    package var http2 = true
    /// Several requests to one origin may be in flight at a time: over HTTP/2 they share a connection; default false.
    package var sharesConnections = false
    /// PEM bundle instead of the system's; nil = the system's.
    package var caFile: String?
    package var userAgent = "crawld"
    /// Exempt from the address guard; default none.
    package var allowAddresses: [IPNetwork] = []
    /// Default 0 = half the cores, two where there are two or three.
    package var workers = 0
    /// New connections after which a worker takes a fresh multi handle and drains the old one; default 50,000. libcurl
    /// keeps something of every origin it ever evicted a connection of.
    package var connectionsPerMultiHandle = 50_000

    /// How many transfers a libcurl handle serves; default: as the libcurl of this process needs it.
    package var handleUse = HandleUse.ofLibrary

    /// The kernel's calls for sockets; a test may have others.
    package var socketCalls = SocketCalls()

    /// Bytes that a connection's turn counts, see `TurnAccount`; a test may have fewer.
    package var turn = TurnAccount.bytes

    /// Results tell `Content-Type`; default false.
    package var tellsContentType = false

    /// Is fed with what goes over the wire; default nil = nobody is.
    package var recorder: (any Recorder)?

    /// What `FetchRoute.proxy` counts; default none.
    package var proxies: [ProxyServer] = []
    /// What `FetchRoute.profile` counts; default none.
    package var profiles: [RequestProfile] = []

    package init() {}

    /// HTTP/2 is offered to https origins by requests in `profile`, nil = in none.
    func offersHTTP2(_ profile: RequestProfile?) -> Bool { profile?.http.map { $0 == .http2 } ?? http2 }

    /// The proxy and the profile that it names exist.
    func has(_ route: FetchRoute) -> Bool {
        (route.proxy.map { proxies.indices.contains(Int($0)) } ?? true)
            && (route.profile.map { profiles.indices.contains(Int($0)) } ?? true)
    }
}
