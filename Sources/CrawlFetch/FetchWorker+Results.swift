internal import CrawlCore
internal import CurlKit
internal import Dispatch

/// What becomes of the results.
extension FetchWorker {
    /// Every hand-over wakes another thread: while many requests are under way a few answers wait for others, at most
    /// `companyNs`. With few under way nothing waits.
    func handOverInCompany() {
        guard !results.isEmpty else { return }
        let now = MonotonicTime.now
        let since = waitingSince ?? now
        guard results.count < (slots.count - idle.count) / 4, now - since < Self.companyNs else { return handOver() }
        waitingSince = since
    }

    func handOver() {
        waitingSince = nil
        guard !results.isEmpty else { return }
        let batch = results
        results = []
        results.reserveCapacity(Self.batchLimit)
        deliver(batch)
    }

    // MARK: Names that were not found

    func inquire(_ host: String, _ result: FetchResult) {
        unresolved[result.ticket] = result
        resolver.ask(host) { [weak self] finding in
            guard let self else { return }
            queue.async { self.resolverAnswered(result.ticket, finding) }
        }
    }

    func resolverAnswered(_ ticket: Int64, _ finding: ResolverCheck.Finding) {
        guard var result = unresolved.removeValue(forKey: ticket) else { return }
        switch finding {
        case .answered: break
        case .unanswered: result.flags.insert(.resolverDown)
        case .lacking(let errno): result.osErrno = errno
        }
        results.append(result)
        // The answer to one question may be for hundreds of requests.
        if results.count >= Self.batchLimit { handOver() } else { handOverInCompany() }
        arm()
    }
}
