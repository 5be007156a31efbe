internal import CrawlCore
internal import CurlKit

/// One TCP connection of a worker, from its socket to its end, over all requests that use it.
final class WireConnection {
    let id: SocketBook.ID
    /// The origin of the request that opened it. Through a proxy it may serve others too.
    let origin: Int64
    /// Requests that are on it.
    var requests = 0
    /// Bytes that libcurl has given us of the answers to requests that are over.
    var handed: Int64 = 0
    /// Why we ended it: what each of its requests is marked with; empty = we did not.
    var marks: FetchResult.Flags = []
    /// Its place among those that may be used again; nil = no request was sent over it yet.
    var key: UInt64?

    init(id: SocketBook.ID, origin: Int64) {
        self.id = id
        self.origin = origin
    }
}
