/// Reads one sitemap document piece by piece, in constant memory: a urlset or an index in XML (with a namespace or
/// without; UTF-8, UTF-16, ISO-8859-1 or US-ASCII), a feed, or plain text, any of them as a gzip file too.
///
/// ```swift
/// let reader = SitemapReader { try file.read() }
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
    private var bytes: SitemapBytes
    private var head: [UInt8] = []
    private var format: Format?
    private var byteCount = 0
    private var entryCount = 0

    /// `source` gives the document's next bytes as they were received, and none at the end.
    package init(limits: SitemapLimits = SitemapLimits(), source: @escaping () throws -> [UInt8]) {
        self.limits = limits
        bytes = SitemapBytes(source: source)
    }

    /// At most what 64 KiB of the document hold. Throws what `source` throws.
    package func next() throws -> Piece {
        var piece = Piece()
        switch try bytes.next() {
        case .bytes(let bytes):
            let room = max(0, limits.bytes - byteCount)
            byteCount += bytes.count
            piece.end = read(bytes.prefix(room), into: &piece.entries)
            if byteCount > limits.bytes, piece.end == nil { piece.end = .cut(.tooLarge) }
        case .end: piece.end = finish(into: &piece.entries)
        case .fault(let fault): piece.end = .cut(fault)
        }
        entryCount += piece.entries.count
        if entryCount > limits.entries {
            piece.entries.removeLast(entryCount - limits.entries)
            piece.end = .cut(.tooManyEntries)
        }
        return piece
    }

    private func read(_ bytes: ArraySlice<UInt8>, into entries: inout [SitemapEntry]) -> SitemapEnd? {
        guard format == nil else { return feed(bytes, into: &entries) }
        head += bytes
        stripHead()
        guard head.count >= 8 else { return nil }
        return begin(into: &entries)
    }

    private func finish(into entries: inout [SitemapEntry]) -> SitemapEnd {
        if format == nil, let end = begin(into: &entries) { return end }
        switch format {
        case .xml(let xml): return xml.finish(into: &entries)
        case .text(var text):
            text.finish(into: &entries)
            return .complete
        case nil: return .cut(.notASitemap)
        }
    }

    /// A byte-order mark of UTF-8, and blanks, which XML does not allow before its declaration and many write there.
    private func stripHead() {
        while true {
            let before = head.count
            if head.starts(with: [0xef, 0xbb, 0xbf]) { head.removeFirst(3) }
            head.removeFirst(head.prefix { Blanks.isBlank($0) }.count)
            if head.count == before { return }
        }
    }

    private func begin(into entries: inout [SitemapEntry]) -> SitemapEnd? {
        let looksLikeXML =
            head.first == UInt8(ascii: "<")
            || [[0xfe, 0xff], [0xff, 0xfe], [0x00, UInt8(ascii: "<")]].contains { head.starts(with: $0) }
        if looksLikeXML, let xml = SitemapXML(limits) {
            format = .xml(xml)
        } else if SitemapText.begins(head) {
            format = .text(SitemapText(limits))
        } else {
            return .cut(.notASitemap)
        }
        let begun = head
        head = []
        return feed(begun[...], into: &entries)
    }

    private func feed(_ bytes: ArraySlice<UInt8>, into entries: inout [SitemapEntry]) -> SitemapEnd? {
        switch format {
        case .xml(let xml): return xml.read(bytes, into: &entries)
        case .text(var text):
            text.read(bytes, into: &entries)
            format = .text(text)
            return nil
        case nil: return nil
        }
    }
}
