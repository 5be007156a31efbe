/// The way of a request: through which proxy, in which dress, over which HTTP. The numbers count what the fetcher was
/// made with; one that it does not have ends the request as ours (`CURLE_FAILED_INIT`).
package struct FetchRoute: Sendable, Hashable {
    /// nil = straight to the server.
    package var proxy: UInt16?
    /// Whose headers, HTTP version and TLS settings are used, on a connection that serves this request only; nil = the
    /// fetcher's own.
    package var profile: UInt16?
    /// HTTP/1.1 only: HTTP/2 has failed there. A profile that names a version goes before this.
    package var http1 = false
    /// By the worker for origins that are asked apart, see `Quarantine`; false = by that of the origin's number.
    package var isApart = false
    /// The origin's request before went to the other worker: its idle connections there are closed.
    package var hasMoved = false
    /// It is asked apart, and no other request of its origin is in flight.
    package var isAlone = false

    package init(proxy: UInt16? = nil, profile: UInt16? = nil, http1: Bool = false) {
        self.proxy = proxy
        self.profile = profile
        self.http1 = http1
    }
}
