package import CrawlCore

/// The finished records of one exchange, as they go into a file: `metadata` if there is anything to say, `request`, then
/// the main one. The main one is last, so that where it ends is where everything of the exchange ends; the request is
/// next to it, because indexers join neighbours only.
///
/// It knows nothing of the file that it lands in: it can be made on any thread, and be appended on another.
package struct RecordGroup: Sendable {
    /// Each record a gzip member, or plain.
    package var bytes: [UInt8]
    /// What follows `bytes`: a gzip member, or a body; nil = nothing.
    package var file: SpoolFile?
    /// Behind a plain body, what ends the record.
    package var closing: [UInt8] = []
    /// Where the main record begins in `bytes`.
    package var mainStart: Int
    package var main: MainRecord

    package var count: Int64 { Int64(bytes.count) + (file?.count ?? 0) + Int64(closing.count) }
}

/// What a row, the feed and later revisits want to know of a `response` or a `revisit`.
package struct MainRecord: Sendable {
    package var id: RecordID
    package var isResponse: Bool
    package var date: Instant
    package var targetURI: [UInt8]
    package var payloadDigest: RecordDigest
    /// Of the body as it came; 0 for a 304.
    package var payloadBytes: Int64
    /// WARC-Truncated was not needed.
    package var isWhole: Bool
    /// See `Exchange.ticket`.
    package var ticket: Int64

    package init(
        id: RecordID, isResponse: Bool, date: Instant, targetURI: [UInt8], payloadDigest: RecordDigest,
        payloadBytes: Int64, isWhole: Bool, ticket: Int64
    ) {
        self.id = id
        self.isResponse = isResponse
        self.date = date
        self.targetURI = targetURI
        self.payloadDigest = payloadDigest
        self.payloadBytes = payloadBytes
        self.isWhole = isWhole
        self.ticket = ticket
    }

    /// As a revisit points at it; nil if none may.
    package var original: Original? {
        guard isResponse, isWhole else { return nil }
        return Original(id: id, targetURI: targetURI, date: date, payloadDigest: payloadDigest)
    }
}
