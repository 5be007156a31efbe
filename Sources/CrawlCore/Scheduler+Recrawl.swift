// Whether a page is what it was, and when it is asked again after a good answer.

extension Scheduler {
    /// What the store has to keep of the page now; nil = what it has is right.
    ///
    /// A 304 says that the page is what it was; the validators that it brings replace the kept ones, those it leaves out
    /// stay (RFC 9110 §15.4.5, RFC 9111 §3.2).
    ///
    /// The spelling that a page was got with is kept with it. It goes when the server knows it no more: then the URL's own
    /// is asked again.
    func newContent(
        _ result: FetchResult, _ classification: Classification, of url: LeasedURL, askedAs: String?
    ) -> Verdict.Content? {
        let known = url.content?.content
        var content: Verdict.Content
        switch (classification.outcome, known) {
        case (.success, _):
            let details = result.details
            content = Verdict.Content(
                digest: result.digest, bytes: result.bodyBytes, etag: details?.etag,
                lastModified: details?.lastModified, askedAs: askedAs)
        case (.notModified, let known?):
            content = known
            content.etag = result.details?.etag ?? known.etag
            content.lastModified = result.details?.lastModified ?? known.lastModified
            content.askedAs = askedAs
        case (_, let known?):
            content = known
            let isUnknown = classification.outcome == .gone || classification.outcome == .clientError
            if isUnknown, !classification.isPreconditionFailed { content.askedAs = nil }
        case (_, nil): return nil
        }
        if let known { content.trust = trust(known.trust, after: result, classification, of: url) }
        return content == known ? nil : content
    }

    /// When a URL is due after an answer that ended its run, or had none to end. `verdict.content` is set.
    func settleRecrawl(_ verdict: inout Verdict, _ url: LeasedURL) {
        let before = url.recrawl ?? rules.recrawl
        let isChanged = url.content?.content.digest.map { known in
            verdict.content.map { $0.digest != known } ?? false
        }
        let after = before.after(verdict.outcome, isChanged: isChanged, rules.recrawlBounds)
        if after != before { verdict.recrawl = Verdict.RecrawlChange(from: url.recrawl, to: after) }
        verdict.dueAt = after.interval(rules.recrawlBounds).map { verdict.at + $0 }
        verdict.state = verdict.outcome == .gone ? .gone : verdict.dueAt == nil ? .done : .scheduled
    }
}
