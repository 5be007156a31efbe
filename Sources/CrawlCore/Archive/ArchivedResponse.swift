/// The record in which a URL's page stands, in the archive that is written now: what later records may point at. A reference,
/// because few leased rows have one.
package final class ArchivedResponse: Sendable {
    package let id: RecordNumber
    /// The record's date.
    package let at: Instant
    /// SHA-256 of the body as received.
    package let digest: Digest256
    /// The record's payload digest; nil = `digest`. Of SHA-1 the first 20 bytes, the others are 0.
    package let payload: Digest256?

    package init(id: RecordNumber, at: Instant, digest: Digest256, payload: Digest256?) {
        self.id = id
        self.at = at
        self.digest = digest
        self.payload = payload
    }
}
