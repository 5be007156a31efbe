internal import CrawlCore
internal import CurlKit

extension Slot {
    /// Puts the request's way on the handle; one that has it already costs nothing.
    mutating func take(_ route: FetchRoute, _ limits: FetchLimits) throws(CurlError) {
        self.route = route
        if route.proxy != carriedProxy {
            let proxy = route.proxy.map { limits.proxies[Int($0)] }
            // Stays unknown if libcurl throws: the next request will set it.
            carriedProxy = .max
            try easy.setProxy(proxy?.address ?? "", user: proxy?.user, password: proxy?.password)
            carriedProxy = route.proxy
            isSOCKS = proxy?.isSOCKS ?? false
        }
        if route.proxy != nil { flags.insert(.viaProxy) }
        let offers = offersByDefault && !route.http1
        if offers != offersHTTP2 {
            try easy.setHTTP2(offers)
            offersHTTP2 = offers
        }
    }

    /// A connection that plain requests went over may serve others. One to an http proxy may not: to the likes of
    /// tinyproxy it is a pipe to the first server, if that does not close it, and what is asked of another one would
    /// go there too.
    var mayShareProxy: Bool { route.proxy == nil || isSOCKS }

    /// Forgets the first try, for the same request over HTTP/1.1. It stays one attempt, begun when that was.
    mutating func beginAgain() {
        let kept = flags.intersection([.https, .viaProxy, .overdrew])
        // If the second one is never sent, the server has seen the first.
        let sent = sentNs
        begin(ticket: ticket, at: startedAt, startedNs)
        sentNs = sent
        flags = kept.union(.retriedOverHTTP1)
    }
}
