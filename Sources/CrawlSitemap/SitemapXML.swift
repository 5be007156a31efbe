internal import CExpat
internal import Glibc

/// A sitemap in XML, read by expat as its bytes come. Nothing is expanded and nothing is fetched: a document type with
/// declarations of its own ends the reading before the first of them is looked at, and so does an entity that XML itself
/// does not define.
///
/// Not for more than one thread at a time.
final class SitemapXML {
    private let parser: XML_Parser
    private let limits: SitemapLimits
    private var fed = 0

    private var shape: SitemapShape?
    private var depth = 0
    private var entry: SitemapEntry?
    /// What the text goes to that comes now.
    private var leaf: SitemapShape.Leaf?
    private var text: [UInt8] = []
    private var names: Set<Int> = []
    private var found: [SitemapEntry] = []
    /// Why the parser was stopped by us.
    private var end: SitemapEnd?

    /// nil if there is no memory.
    init?(_ limits: SitemapLimits) {
        guard let parser = XML_ParserCreate(nil) else { return nil }
        self.parser = parser
        self.limits = limits
        XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        XML_SetElementHandler(
            parser, { of($0)?.begin($1, $2) }, { context, _ in of(context)?.endElement() })
        XML_SetCharacterDataHandler(parser) { of($0)?.add($1, $2) }
        XML_SetStartDoctypeDeclHandler(parser) { context, _, _, _, hasDeclarations in
            if hasDeclarations != 0 { of(context)?.stop(.cut(.doctype)) }
        }
        XML_SetEntityDeclHandler(parser) { context, _, _, _, _, _, _, _, _ in of(context)?.stop(.cut(.entities)) }
        XML_SetSkippedEntityHandler(parser) { context, _, _ in of(context)?.stop(.cut(.entities)) }
    }

    deinit { XML_ParserFree(parser) }

    /// nil = it goes on.
    func read(_ bytes: ArraySlice<UInt8>, into entries: inout [SitemapEntry]) -> SitemapEnd? {
        if let end { return end }
        fed += bytes.count
        let result = bytes.withUnsafeBytes { parse($0, isFinal: false) }
        entries += found
        found.removeAll(keepingCapacity: true)
        if let result { return result }
        // What lies behind the event before is a token that has not ended.
        let index = Int(XML_GetCurrentByteIndex(parser))
        return index >= 0 && fed - index > limits.tokenBytes ? .cut(.hugeToken) : nil
    }

    /// There are no more bytes.
    func finish(into entries: inout [SitemapEntry]) -> SitemapEnd {
        let result = end ?? parse(UnsafeRawBufferPointer(start: nil, count: 0), isFinal: true)
        entries += found
        found = []
        return result ?? .complete
    }

    private func parse(_ bytes: UnsafeRawBufferPointer, isFinal: Bool) -> SitemapEnd? {
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        guard XML_Parse(parser, start, Int32(bytes.count), isFinal ? 1 : 0) == XML_STATUS_ERROR else { return end }
        return end ?? .cut(fault())
    }

    private func fault() -> SitemapFault {
        switch XML_GetErrorCode(parser) {
        case XML_ERROR_UNKNOWN_ENCODING, XML_ERROR_INCORRECT_ENCODING: .unknownEncoding
        case XML_ERROR_NO_ELEMENTS, XML_ERROR_UNCLOSED_TOKEN, XML_ERROR_UNCLOSED_CDATA_SECTION,
            XML_ERROR_PARTIAL_CHAR:
            shape == nil ? .notASitemap : .truncated
        case XML_ERROR_UNDEFINED_ENTITY: .entities
        default: shape == nil ? .notASitemap : .malformed
        }
    }

    private func stop(_ end: SitemapEnd) {
        guard self.end == nil else { return }
        self.end = end
        XML_StopParser(parser, 0)
    }

    // MARK: What expat tells

    private typealias Attributes = UnsafeMutablePointer<UnsafePointer<CChar>?>

    private func begin(_ name: UnsafePointer<CChar>?, _ attributes: Attributes?) {
        guard end == nil, let name else { return }
        depth += 1
        guard depth <= limits.depth else { return stop(.cut(.nestedTooDeep)) }
        note(name)
        var attribute = attributes
        while let key = attribute?.pointee {
            note(key)
            attribute = attribute?.advanced(by: 2)
        }
        guard names.count <= limits.names else { return stop(.cut(.tooManyNames)) }
        guard let shape else {
            shape = SitemapShape(documentElement: name)
            return shape == nil ? stop(.cut(.notASitemap)) : ()
        }
        if depth == shape.entryDepth, shape.isEntry(name) {
            entry = SitemapEntry(kind: shape.kind, url: [])
        } else if depth == shape.entryDepth + 1, entry != nil {
            leaf = shape.leaf(name)
            text.removeAll(keepingCapacity: true)
            if leaf == .location, shape.locationIsAttribute { readLink(attributes) }
        }
    }

    private func note(_ name: UnsafePointer<CChar>) {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(start: name, count: strlen(name)))
        names.insert(hasher.finalize())
    }

    /// Atom (RFC 4287 §4.2.7): the page itself is the link that is `alternate`, or says nothing.
    private func readLink(_ attributes: Attributes?) {
        leaf = nil
        var href: UnsafePointer<CChar>?
        var attribute = attributes
        while let key = attribute?.pointee, let value = attribute?.advanced(by: 1).pointee {
            if SitemapShape.same(key, "href") { href = value }
            if SitemapShape.same(key, "rel"), !SitemapShape.same(value, "alternate") { return }
            attribute = attribute?.advanced(by: 2)
        }
        guard let href, entry?.url.isEmpty ?? false else { return }
        let bytes = UnsafeRawBufferPointer(start: href, count: min(strlen(href), limits.urlBytes + 1))
        entry?.url = Blanks.trimmed(Array(bytes))
    }

    private func add(_ bytes: UnsafePointer<CChar>?, _ count: Int32) {
        guard end == nil, leaf != nil, let shape, depth == shape.entryDepth + 1, let bytes else { return }
        var part = UnsafeRawBufferPointer(start: bytes, count: Int(count))[...]
        if text.isEmpty { part = part.drop { Blanks.isBlank($0) } }
        text += part.prefix(limits.urlBytes + 1 - text.count)
    }

    private func endElement() {
        guard end == nil, let shape else { return }
        if depth == shape.entryDepth + 1, let leaf {
            finish(leaf, Blanks.trimmed(text))
            self.leaf = nil
        } else if depth == shape.entryDepth, let entry {
            found.append(entry)
            self.entry = nil
        }
        depth -= 1
        // What may follow the document element says nothing.
        if depth == 0 { stop(.complete) }
    }

    private func finish(_ leaf: SitemapShape.Leaf, _ text: [UInt8]) {
        switch leaf {
        case .location: if entry?.url.isEmpty ?? false { entry?.url = text }
        case .lastModified: entry?.lastModified = W3CDate.latest(text)
        case .priority: entry?.priority = SitemapPriority.parse(text)
        }
    }
}

private func of(_ context: UnsafeMutableRawPointer?) -> SitemapXML? {
    context.map { Unmanaged<SitemapXML>.fromOpaque($0).takeUnretainedValue() }
}
