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

    /// Puts the address on the handle that the request goes to, and how long it may take to connect there.
    mutating func aim() throws(CurlError) {
        let address = route.proxy == nil && sendsTo?.isLiteral == false ? sendsTo?[failedAddresses] : nil
        if address != carriedAddress {
            // Unknown if libcurl throws: the request is not sent then, and its handle serves no other.
            try easy.setConnectsTo(address.map { $0.isV4 ? $0.description : "[\($0)]" })
            carriedAddress = address
        }
        let left =
            failedAddresses == 0 ? connectMs : max(1, connectMs - Int((MonotonicTime.now - startedNs) / 1_000_000))
        if left != carriedConnectMs {
            try easy.setConnectTimeout(ms: left)
            carriedConnectMs = left
        }
    }

    /// There is another address to go to if this one cannot be connected to.
    var hasOtherAddress: Bool { route.proxy == nil && sendsTo?[failedAddresses + 1] != nil }

    /// A connection that plain requests went over may serve others. One to an http proxy may not: to the likes of
    /// tinyproxy it is a pipe to the first server, if that does not close it, and what is asked of another one would
    /// go there too.
    var mayShareProxy: Bool { route.proxy == nil || isSOCKS }

    /// Forgets the first try, for the same request over HTTP/1.1. It stays one attempt, begun when that was.
    mutating func beginAgain() {
        let kept = flags.intersection([.https, .viaProxy, .overdrew])
        // If the second one is never sent, the server has seen the first.
        let sent = sentNs
        let failed = (failedAddresses, failedConnect)
        begin(ticket: ticket, at: startedAt, startedNs)
        (failedAddresses, failedConnect) = failed
        sentNs = sent
        flags = kept.union(.retriedOverHTTP1)
    }

    /// Forgets the try at an address that could not be connected to, for the same request to the next one.
    mutating func beginElsewhere(_ failure: FailedConnect) {
        let kept = flags.intersection([.https, .retriedOverHTTP1, .overdrew]).union(failure.marks)
        let failed = failedAddresses + 1
        let told = failedConnect.map { $0.tells(before: failure) ? $0 : failure } ?? failure
        begin(ticket: ticket, at: startedAt, startedNs)
        (failedAddresses, failedConnect) = (failed, told)
        flags = kept
    }
}
