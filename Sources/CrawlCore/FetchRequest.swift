/// One request for a worker. The URL's bytes lie in the batch's arena.
package struct FetchRequest: Sendable {
    /// Given back in the result; unique among what is in flight.
    package var ticket: Int64
    /// The origin's number: decides which worker serves it.
    package var origin: Int64
    /// Offset of the NUL-terminated URL in `FetchBatch.arena`.
    package var urlOffset: Int
    /// No more of this origin is leased: its connection need not be kept.
    package var isLastOfOrigin: Bool
    /// The moment at which it is sent is told ahead of its answer, see `FetchResult.Flags.isOnlySent`.
    package var tellsSending = false
    package var route = FetchRoute()
    /// nil = libcurl looks the name up, or the URL has an address in its place.
    package var sendsTo: Destinations?
    /// nil = a plain GET of which only the digest is wanted, as almost every request is.
    package var extra: FetchExtra?

    package init(ticket: Int64, origin: Int64, urlOffset: Int, isLastOfOrigin: Bool, extra: FetchExtra? = nil) {
        self.ticket = ticket
        self.origin = origin
        self.urlOffset = urlOffset
        self.isLastOfOrigin = isLastOfOrigin
        self.extra = extra
    }
}

/// What few requests have beside their URL. A reference, so that a plain request stays small.
package final class FetchExtra: Sendable {
    /// Asked with (RFC 9110 §13.1.2, If-None-Match), as the server gave it; nil = not asked with. What is no entity tag
    /// (§8.8.3) is not sent.
    package let etag: String?
    /// Asked with (RFC 9110 §13.1.3, If-Modified-Since), as the server gave it; nil = not asked with. What is no date
    /// of HTTP (§5.6.7) is not sent.
    package let lastModified: String?
    package let body: BodyUse
    /// The value of a Cookie header (RFC 6265 §4.2), printable ASCII; nil = none is sent. A secret: it never reaches a log
    /// or the store.
    package let cookies: String?

    package init(
        etag: String? = nil, lastModified: String? = nil, body: BodyUse = .digestOnly, cookies: String? = nil
    ) {
        self.etag = etag
        self.lastModified = lastModified
        self.body = body
        self.cookies = cookies
    }

    /// The same request with cookies.
    func with(cookies: String) -> FetchExtra {
        FetchExtra(etag: etag, lastModified: lastModified, body: body, cookies: cookies)
    }

    package var keepsBody: Bool { body != .digestOnly }
}

/// What becomes of the bytes of an answer's body.
///
/// A kept one is asked for with `Accept-Encoding: gzip`; whatever comes is taken.
package enum BodyUse: Sendable, Hashable {
    /// They are counted and digested as they came, then gone.
    case digestOnly
    /// Of a 2xx: kept in `FetchDetails.body`, up to two content codings undone (gzip, deflate; told by the bytes, labelled
    /// or not), up to so many bytes; more is cut off, which `FetchResult.Flags.bodyOverLimit` tells. Of a body that ended
    /// before its end, what came. Bytes over the wire are bounded a little above the limit; `FetchLimits.maxBody` does not
    /// apply.
    case memory(limit: Int)
    /// Of a 2xx: written to a new file at `path` as it comes, up to so many bytes; more is cut off, as above. It is `path` + `.part` while it grows, mode 0600. The file stays if the body was complete or cut, and is
    /// gone otherwise; an older one at `path` is replaced only then.
    case file(path: String, limit: Int64)
}

/// Requests to start at once, with all their URLs in one piece of memory.
package struct FetchBatch: Sendable {
    package private(set) var arena: [UInt8] = []
    package private(set) var requests: [FetchRequest] = []

    package init() {}

    package var isEmpty: Bool { requests.isEmpty }

    /// `origin` and `path` are joined to the URL; neither holds a NUL (canonical URLs never do).
    package mutating func append(
        ticket: Int64, originNumber: Int64, origin: some Collection<UInt8>, path: some Collection<UInt8>,
        isLastOfOrigin: Bool, tellsSending: Bool = false, route: FetchRoute = FetchRoute(),
        sendsTo: Destinations? = nil, extra: FetchExtra? = nil
    ) {
        let offset = arena.count
        arena.append(contentsOf: origin)
        arena.append(contentsOf: path)
        arena.append(0)
        var request = FetchRequest(
            ticket: ticket, origin: originNumber, urlOffset: offset, isLastOfOrigin: isLastOfOrigin, extra: extra)
        request.tellsSending = tellsSending
        request.route = route
        request.sendsTo = sendsTo
        requests.append(request)
    }
}

/// Requests in, facts out. A remote fault is a result, never a throw; every request gets exactly one result,
/// and may get earlier ones that are `isNews`: that it was sent, where it `tellsSending`, and each time it goes on to
/// another address.
package protocol Fetcher: Sendable {
    /// Called once, before the first `fetch`. `deliver` may be called from any queue, with many results at a time.
    /// Throws if there is no room for the workers.
    func start(_ deliver: @escaping @Sendable ([FetchResult]) -> Void) throws

    /// Starts every request now; the caller keeps within the in-flight limits.
    func fetch(_ batch: FetchBatch)

    /// Ends what is in flight; each of those gets a result that says `cancelled`.
    func cancelAll()

    /// Closes connections that are kept for later requests: their room is needed.
    func dropIdle()
}

extension Fetcher {
    /// It keeps none.
    package func dropIdle() {}
}
