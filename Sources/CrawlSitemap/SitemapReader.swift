/// Reads one sitemap document piece by piece, in constant memory: a urlset or an index in XML, a feed, or plain text, in
/// any encoding of the Encoding Standard, any of them in gzip or deflate, or both.
///
/// ```swift
/// let reader = SitemapReader(contentType: "text/xml; charset=big5") { try file.read() }
/// repeat { piece = try reader.next(); … } while piece.end == nil
/// ```
///
/// The same bytes give the same entries in the same order, however `source` cuts them: an entry's place is its name when
/// reading goes on after a crash. Not for more than one thread at a time.
package final class SitemapReader {
    package struct Piece: Sendable {
        package var entries: [SitemapEntry] = []
        /// nil = there is more.
        package var end: SitemapEnd?
    }

    private enum Format {
        case xml(SitemapXML)
        case text(SitemapText)
    }

    private let limits: SitemapLimits
    private let charset: CharacterEncoding?
    private var bytes: SitemapBytes
    /// What has come before the encoding is known.
    private var head: [UInt8] = []
    private var decoder: CharacterDecoder?
    /// What has come before the format is known, and where in it false bytes were.
    private var start = DecodedText()
    private var format: Format?
    private var byteCount = 0
    private var entryCount = 0
    /// The document has ended; what follows may show that it is damaged.
    private var isEnded = false

    /// `source` gives the document's next bytes as they were received, and none at the end. `contentType`: the header of
    /// its answer, as it came; nil = it had none.
    package init(
        limits: SitemapLimits = SitemapLimits(), contentType: String? = nil, source: @escaping () throws -> [UInt8]
    ) {
        self.limits = limits
        charset = contentType.flatMap { ContentTypeCharset.encoding(of: $0) }
        bytes = SitemapBytes(limit: limits.bytes, source: source)
    }

    /// At most what 64 KiB of the document hold. Throws what `source` throws.
    package func next() throws -> Piece {
        var piece = Piece()
        switch try bytes.next() {
        case .bytes(let bytes):
            let room = max(0, limits.bytes - byteCount)
            byteCount += bytes.count
            if !isEnded { piece.end = read(bytes.prefix(room), isLast: false, into: &piece.entries) }
            if byteCount > limits.bytes, piece.end == nil { piece.end = .cut(.tooLarge) }
        case .end: piece.end = isEnded ? .complete : finish(into: &piece.entries)
        case .fault(let fault): piece.end = .cut(fault)
        }
        if isEnded {
            // How much follows does not matter.
            if piece.end == .cut(.tooLarge) { piece.end = .complete }
        } else if piece.end == .complete {
            // The checksum of a gzip file is its last word.
            isEnded = true
            piece.end = nil
        }
        entryCount += piece.entries.count
        if entryCount > limits.entries {
            piece.entries.removeLast(entryCount - limits.entries)
            piece.end = .cut(.tooManyEntries)
        }
        return piece
    }

    private func finish(into entries: inout [SitemapEntry]) -> SitemapEnd {
        if let end = read([], isLast: true, into: &entries) { return end }
        switch format {
        case .xml(let xml): return xml.finish(into: &entries)
        case .text(var text):
            text.finish(into: &entries)
            return .complete
        case nil: return .cut(.notASitemap)
        }
    }

    private func read(
        _ bytes: ArraySlice<UInt8>, isLast: Bool, into entries: inout [SitemapEntry]
    ) -> SitemapEnd? {
        if let decoder { return take(decoder.decode(bytes, isLast: isLast), isLast: isLast, into: &entries) }
        head += bytes
        switch EncodingChoice.choose(&head, charset: charset, isWhole: isLast) {
        case nil: return nil
        case .unknown: return .cut(.unknownEncoding)
        case .encoding(let encoding):
            guard let decoder = CharacterDecoder(encoding) else { return .cut(.unknownEncoding) }
            self.decoder = decoder
            let begun = head
            head = []
            return take(decoder.decode(begun, isLast: isLast), isLast: isLast, into: &entries)
        }
    }

    private func take(_ text: DecodedText, isLast: Bool, into entries: inout [SitemapEntry]) -> SitemapEnd? {
        guard format == nil else { return feed(text.bytes[...], text.falseAt, into: &entries) }
        start.append(text)
        start.stripStart()
        guard start.bytes.count >= 8 || isLast else { return nil }
        if start.bytes.first == UInt8(ascii: "<"), let xml = SitemapXML(limits) {
            format = .xml(xml)
        } else if SitemapText.begins(start.bytes) {
            format = .text(SitemapText(limits))
        } else {
            return .cut(.notASitemap)
        }
        let begun = start
        start = DecodedText()
        return feed(begun.bytes[...], begun.falseAt, into: &entries)
    }

    private func feed(
        _ bytes: ArraySlice<UInt8>, _ falseAt: [Int], into entries: inout [SitemapEntry]
    ) -> SitemapEnd? {
        switch format {
        case .xml(let xml): return xml.read(bytes, falseAt: falseAt, into: &entries)
        case .text(var text):
            text.read(bytes, falseAt: falseAt, into: &entries)
            format = .text(text)
            return nil
        case nil: return nil
        }
    }
}

extension DecodedText {
    mutating func append(_ other: DecodedText) {
        let before = bytes.count
        append(other.bytes)
        falseAt += other.falseAt.map { $0 + before }
    }

    /// A byte-order mark, and blanks, which XML does not allow before its declaration and many write there.
    mutating func stripStart() {
        let before = bytes.count
        while true {
            let length = bytes.count
            if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes.removeFirst(3) }
            bytes.removeFirst(bytes.prefix { Blanks.isBlank($0) }.count)
            if bytes.count == length { break }
        }
        falseAt = falseAt.map { $0 - (before - bytes.count) }
    }
}
