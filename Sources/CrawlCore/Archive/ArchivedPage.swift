extension Verdict {
    /// Where a commit finds the page of its URL in the archive from now on; behind a reference, because verdicts wait in thousands.
    package final class ArchivedPage: Sendable {
        package let place: ArchivePlace
        /// nil = nothing may point at the record: it is a revisit of another URL's, or lacks a part.
        package let id: RecordNumber?
        /// The record's date.
        package let at: Instant
        /// SHA-256 of the body as received.
        package let digest: Digest256
        /// The record's payload digest; nil = `digest`. Of SHA-1 the first 20 bytes, the others are 0.
        package let payload: Digest256?

        package init(place: ArchivePlace, id: RecordNumber?, at: Instant, digest: Digest256, payload: Digest256?) {
            self.place = place
            self.id = id
            self.at = at
            self.digest = digest
            self.payload = payload
        }
    }
}
