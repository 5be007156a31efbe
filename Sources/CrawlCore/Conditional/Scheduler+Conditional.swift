// Which requests ask whether the page is still what it was, and what that has come to.

extension Scheduler {
    /// What a request for the URL asks with; nil = it is a plain one.
    ///
    /// Within a streak only the first request may be conditional, so that a server that fails on validators is found out
    /// by the second. Whoever is asked for the sake of others, a scout or a guard's probe, is asked plainly: its
    /// answer has to tell of the site. So is every URL of an origin while one's failing answer is held back: that one's second
    /// request may be put off by Retry-After, and a broken origin would be asked for all of its pages meanwhile.
    ///
    /// A robots.txt and a sitemap are always asked for plainly: their bodies are wanted.
    func validators(
        of url: LeasedURL, at active: ActiveOrigin, _ role: Role, isProbe: Bool, _ now: Instant
    ) -> FetchExtra? {
        guard role == .url, !isProbe, active.health?.heldBack.isEmpty ?? true,
            url.health.map({ $0.record.isIdle }) ?? true
        else { return nil }
        return url.content?.extra(now, rules.archive)
    }

    /// The same, after an answer to such a request, or to the plain one that followed it.
    func trust(
        _ before: ValidatorTrust, after result: FetchResult, _ classification: Classification, of url: LeasedURL
    ) -> ValidatorTrust {
        guard rules.health.kind(of: classification) == .good, !classification.isPreconditionFailed else {
            return before
        }
        var trust = before
        if result.isConditional {
            trust.noteGood()
        } else if let record = url.health?.record, record.isHeldBack,
            // What lies further apart has other reasons to differ.
            result.completedAt - record.heldBackSince <= rules.health.maxGap
        {
            trust.noteFault(at: result.completedAt)
        }
        return trust
    }

    /// It shows that pages can be had of the origin. A 412 does not: the server looked at the validators, and no further.
    func isGoodPage(_ observation: Observation) -> Bool {
        rules.health.kind(of: observation.classification) == .good && !observation.classification.isPreconditionFailed
    }
}
