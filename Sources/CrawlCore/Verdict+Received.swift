extension Verdict {
    /// What an answer brought, as the result feed tells it; behind a reference, because verdicts wait in thousands.
    package final class Received: Sendable {
        /// Of the body as received, of a 304 that of the page that it confirms; nil = there was none.
        package let digest: Digest256?
        /// Of the body as received.
        package let bytes: Int64
        /// The value of `Content-Type`, a stranger's bytes; empty = there was none.
        package let contentType: [UInt8]
        /// The page is another one than at its last success, or the first; nil = the answer is no page.
        package let isChanged: Bool?
        /// See `Verdict.place`.
        package let place: ArchivePlace?

        package init(
            digest: Digest256?, bytes: Int64, contentType: [UInt8] = [], isChanged: Bool? = nil,
            place: ArchivePlace? = nil
        ) {
            self.digest = digest
            self.bytes = bytes
            self.contentType = contentType
            self.isChanged = isChanged
            self.place = place
        }
    }

    /// Where the record of the answer, or of its revisit, stands in an archive; nil = in none. It is set before the verdict
    /// is committed: its record is on the disk by then.
    package var place: ArchivePlace? {
        get { received?.place }
        set {
            guard newValue != nil || received != nil else { return }
            received = Received(
                digest: received?.digest ?? content?.digest, bytes: received?.bytes ?? content?.bytes ?? 0,
                contentType: received?.contentType ?? [], isChanged: received?.isChanged, place: newValue)
        }
    }
}

extension Scheduler {
    /// nil = nobody wants to know.
    func received(_ result: FetchResult, _ outcome: Outcome, of url: LeasedURL) -> Verdict.Received? {
        guard rules.keepsResults else { return nil }
        let known = url.content?.content
        var (digest, isChanged) = (result.digest, Bool?.none)
        if outcome == .success { isChanged = known?.digest.map { $0 != result.digest } ?? true }
        if outcome == .notModified { (digest, isChanged) = (known?.digest, false) }
        return Verdict.Received(
            digest: digest, bytes: result.bodyBytes, contentType: result.contentType, isChanged: isChanged)
    }
}
