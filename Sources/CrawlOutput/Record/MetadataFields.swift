internal import CrawlCore

/// The block of a `metadata` record: what the other records of an exchange do not say.
enum MetadataFields {
    /// Strangers' texts are cut: the rest would be said twice for nothing.
    private static let longestValue = 512
    private static let longestList = 10

    /// Appends nothing if there is nothing to say, as of most pages: then no record is written.
    static func write(_ exchange: Exchange, _ notes: HeadNotes, to bytes: inout [UInt8]) {
        switch exchange.purpose {
        case .page: break
        case .robots: bytes.put("purpose: robots\r\n")
        case .sitemap: bytes.put("purpose: sitemap\r\n")
        }
        if exchange.httpVersion == .http2 { bytes.put("protocol: h2\r\n") }
        if exchange.httpVersion == .http3 { bytes.put("protocol: h3\r\n") }
        put("status-line-as-received", notes.statusLine, to: &bytes)
        if !exchange.interim.isEmpty {
            bytes.put("interim-responses-dropped: ")
            for (i, status) in exchange.interim.prefix(longestList).enumerated() {
                if i > 0 { bytes.put(", ") }
                bytes.put(Int64(status))
            }
            if exchange.interim.count > longestList { bytes.put(", ...") }
            bytes.put("\r\n")
        }
        put("transfer-coding-removed", notes.transferCoding, to: &bytes)
        put("content-length-removed", notes.contentLength, to: &bytes)
        put("line-ends-made-crlf", notes.lineEnds, to: &bytes)
        put("control-characters-blanked", notes.blanked, to: &bytes)
        put("blank-header-lines-removed", notes.blankLines, to: &bytes)
        put("response-head-bytes", notes.longHead, to: &bytes)
    }

    private static func put(_ name: StaticString, _ value: [UInt8]?, to bytes: inout [UInt8]) {
        guard let value else { return }
        bytes.put(name)
        bytes.put(": ")
        bytes.put(value: value.prefix(longestValue))
        if value.count > longestValue { bytes.put("...") }
        bytes.put("\r\n")
    }

    private static func put(_ name: StaticString, _ count: Int, to bytes: inout [UInt8]) {
        guard count > 0 else { return }
        bytes.put(name)
        bytes.put(": ")
        bytes.put(Int64(count))
        bytes.put("\r\n")
    }
}
