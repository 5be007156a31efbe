package import CrawlCore

/// A `response` record that a `revisit` points at. Its target URI is always said: without it pywb answers 503.
package struct Original: Sendable, Hashable {
    package var id: RecordID
    /// WARC-Target-URI of that record.
    package var targetURI: [UInt8]
    /// WARC-Date of that record.
    package var date: Instant
    /// WARC-Payload-Digest of that record.
    package var payloadDigest: RecordDigest

    package init(id: RecordID, targetURI: [UInt8], date: Instant, payloadDigest: RecordDigest) {
        self.id = id
        self.targetURI = targetURI
        self.date = date
        self.payloadDigest = payloadDigest
    }
}

/// How an answer is written.
package enum RecordForm: Sendable {
    /// With its body.
    case response
    /// Head only: the payload is that of the original (ISO 28500:2017 §6.7.2).
    case identicalPayload(Original)
    /// Head only: the server says that the original is still right (§6.7.3).
    case notModified(Original)
}
