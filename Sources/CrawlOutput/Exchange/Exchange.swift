package import CrawlCore

/// What one request was, as raw bytes and facts. From it the records of an archive are made; nothing here is judged.
package struct Exchange: Sendable {
    /// In canonical form.
    package var targetURI: [UInt8]
    /// Request line and header lines as sent. Over HTTP/2 no such bytes ever were: what libcurl says instead of them.
    package var requestHead: [UInt8]
    /// Status line and header lines of the final block as they came, with the blank line or without it. No 1xx block.
    package var responseHead: [UInt8]
    /// The status of that block.
    package var status: Int32
    /// Statuses of the 1xx blocks before it, which are not written: readers would replay them as the answer.
    package var interim: [Int32] = []
    /// The body as it came: transfer coding undone, content coding not.
    package var body: BodySource
    /// nil = made from `body`. Given when somebody has it already; then it is believed.
    package var payloadDigest: RecordDigest?
    package var httpVersion: HTTPVersion
    /// nil = no TLS.
    package var tls: TLSVersion?
    /// nil = not known, as through a proxy.
    package var remoteAddress: IPAddress?
    /// When the request was begun.
    package var date: Instant
    package var end: ExchangeEnd = .whole
    package var purpose: ExchangePurpose = .page
    /// Of the request; for its owner, never written.
    package var ticket: Int64 = 0

    package init(
        targetURI: [UInt8], requestHead: [UInt8], responseHead: [UInt8], status: Int32, body: BodySource,
        httpVersion: HTTPVersion, date: Instant
    ) {
        self.targetURI = targetURI
        self.requestHead = requestHead
        self.responseHead = responseHead
        self.status = status
        self.body = body
        self.httpVersion = httpVersion
        self.date = date
    }
}

/// Where the bytes of a body are.
package enum BodySource: Sendable {
    case memory([UInt8])
    /// All of the file.
    case file(SpoolFile)

    package var count: Int64 {
        switch self {
        case .memory(let bytes): Int64(bytes.count)
        case .file(let file): file.count
        }
    }
}

/// What was asked for; all but a page is said in `metadata`.
package enum ExchangePurpose: Sendable, Hashable {
    case page
    case robots
    case sitemap
}
