internal import CExpat
internal import Glibc

/// A sitemap in XML, read by expat as its bytes come, which are UTF-8 by now whatever it declares. Nothing is expanded
/// and nothing is fetched: a document type with declarations of its own ends the reading before the first of them is
/// looked at, and so does an entity that XML itself does not define.
///
/// Not for more than one thread at a time.
final class SitemapXML {
    private let parser: XML_Parser
    private let limits: SitemapLimits
    private var fed = 0

    private var shape: SitemapShape?
    private var depth = 0
    private var spaces = XMLNamespaces()
    /// `xml:base` of the elements that are open, of feeds only; the outermost first.
    private var bases: [(depth: Int, uri: [UInt8])] = []
    private var entry: OpenEntry?
    private var leaf: OpenLeaf?
    private var falseBytes = FalseBytes()
    private var names: Set<Int> = []
    private var found: [SitemapEntry] = []
    /// Why the parser was stopped by us.
    private var end: SitemapEnd?

    private struct OpenEntry {
        var entry: SitemapEntry
        var depth: Int
        /// Offset in the document.
        var start: Int
        var permanentLink: [UInt8] = []
    }

    /// What the text goes to that comes now.
    private struct OpenLeaf {
        /// nil = a location where none belongs.
        var leaf: SitemapShape.Leaf?
        var depth: Int
        var text: [UInt8] = []
    }

    /// nil if there is no memory.
    init?(_ limits: SitemapLimits) {
        guard let parser = XML_ParserCreate("UTF-8") else { return nil }
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

    /// `falseAt`: where in `bytes` false ones were. nil = it goes on.
    func read(_ bytes: ArraySlice<UInt8>, falseAt: [Int], into entries: inout [SitemapEntry]) -> SitemapEnd? {
        if let end { return end }
        for offset in falseAt { falseBytes.note(fed + offset) }
        fed += bytes.count
        let result = bytes.withUnsafeBytes { parse($0, isFinal: false) }
        entries += found
        found.removeAll(keepingCapacity: true)
        if let result { return result }
        // What lies behind the event before is a token that has not ended.
        let index = offset
        guard index >= 0 else { return nil }
        falseBytes.pass(index)
        return fed - index > limits.tokenBytes ? .cut(.hugeToken) : nil
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

    /// Of the present event.
    private var offset: Int { Int(XML_GetCurrentByteIndex(parser)) }

    // MARK: What expat tells

    private typealias Text = UnsafePointer<CChar>
    private typealias Attributes = UnsafeMutablePointer<UnsafePointer<CChar>?>

    private func begin(_ name: Text?, _ attributes: Attributes?) {
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
        spaces.enter(depth, attributes)
        let element = spaces.resolve(name)
        guard let shape else {
            shape = element.flatMap { SitemapShape(documentElement: $0.local, in: $0.space) }
            noteBase(attributes)
            return shape == nil ? stop(.cut(.notASitemap)) : ()
        }
        noteBase(attributes)
        guard let element, element.space == shape.space else { return }
        if let entry, depth == entry.depth + 1, let leaf = shape.leaf(element.local) {
            begin(leaf, attributes)
        } else if entry == nil, shape.entryDepths.contains(depth), shape.isEntry(element.local) {
            entry = OpenEntry(entry: SitemapEntry(kind: shape.kind, url: []), depth: depth, start: offset)
        } else if shape.isStray(element.local) {
            if leaf == nil {
                leaf = OpenLeaf(leaf: nil, depth: depth)
            } else {
                found.append(SitemapEntry(kind: shape.kind, url: [], fault: .strayLocation))
            }
        }
    }

    private func begin(_ leaf: SitemapShape.Leaf, _ attributes: Attributes?) {
        switch leaf {
        case .link: readLink(attributes)
        case .permanentLink:
            let isLink = value("isPermaLink", attributes).map { strcasecmp($0, "false") != 0 } ?? true
            if isLink { self.leaf = OpenLeaf(leaf: leaf, depth: depth) }
        case .location, .lastModified, .priority: self.leaf = OpenLeaf(leaf: leaf, depth: depth)
        }
    }

    private func note(_ name: Text) {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(start: name, count: strlen(name)))
        names.insert(hasher.finalize())
    }

    /// The prefix `xml` is bound for good (Namespaces in XML §3).
    private func noteBase(_ attributes: Attributes?) {
        guard let shape, shape.format != .sitemap, let base = value("xml:base", attributes) else { return }
        bases.append((depth, bounded(base)))
    }

    /// Atom (RFC 4287 §4.2.7.2): the page itself is the link that is `alternate`, or says nothing; the name may be
    /// written as the IRI that it stands for. Of several, which differ in language or type, the first.
    private func readLink(_ attributes: Attributes?) {
        if let relation = value("rel", attributes) {
            let isPage =
                SitemapShape.same(relation, "alternate")
                || SitemapShape.same(relation, "http://www.iana.org/assignments/relation/alternate")
            guard isPage else { return }
        }
        guard let href = value("href", attributes), entry?.entry.url.isEmpty ?? false else { return }
        entry?.entry.url = bounded(href)
        entry?.entry.bases = bases.map(\.uri)
    }

    private func value(_ name: StaticString, _ attributes: Attributes?) -> Text? {
        var attribute = attributes
        while let key = attribute?.pointee, let value = attribute?.advanced(by: 1).pointee {
            if SitemapShape.same(key, name) { return value }
            attribute = attribute?.advanced(by: 2)
        }
        return nil
    }

    private func bounded(_ value: Text) -> [UInt8] {
        let bytes = UnsafeRawBufferPointer(start: value, count: strlen(value)).drop { Blanks.isBlank($0) }
        return Blanks.trimmed(Array(bytes.prefix(limits.urlBytes + 1)))
    }

    private func add(_ bytes: Text?, _ count: Int32) {
        guard end == nil, let open = leaf, depth == open.depth, let bytes else { return }
        var part = UnsafeRawBufferPointer(start: bytes, count: Int(count))[...]
        if open.text.isEmpty { part = part.drop { Blanks.isBlank($0) } }
        leaf?.text += part.prefix(limits.urlBytes + 1 - open.text.count)
    }

    private func endElement() {
        guard end == nil, let shape else { return }
        if let open = leaf, open.depth == depth {
            finish(open, shape)
            leaf = nil
        } else if let open = entry, open.depth == depth {
            finish(open)
            entry = nil
        }
        while let base = bases.last, base.depth == depth { bases.removeLast() }
        spaces.leave(depth)
        depth -= 1
        // What may follow the document element says nothing.
        if depth == 0 { stop(.complete) }
    }

    private func finish(_ open: OpenLeaf, _ shape: SitemapShape) {
        let text = Blanks.trimmed(open.text)
        switch open.leaf {
        case nil: found.append(SitemapEntry(kind: shape.kind, url: text, fault: .strayLocation))
        case .location:
            guard !text.isEmpty else { return }
            if let known = entry?.entry.url, !known.isEmpty {
                entry?.entry.fault = .twoLocations
            } else {
                entry?.entry.url = text
                if shape.format != .sitemap { entry?.entry.bases = bases.map(\.uri) }
            }
        case .link: break
        case .permanentLink: entry?.permanentLink = text
        case .lastModified: entry?.entry.lastModified = SitemapDate.latest(text)
        case .priority: entry?.entry.priority = SitemapPriority.parse(text)
        }
    }

    private func finish(_ open: OpenEntry) {
        var entry = open.entry
        // An identifier that is a link is a whole one (RSS 2.0, "guid").
        if entry.url.isEmpty { entry.url = open.permanentLink }
        if entry.url.isEmpty { entry.fault = .noLocation }
        let end = max(open.start, offset)
        if falseBytes.any(in: open.start..<end) { entry.fault = .falseBytes }
        found.append(entry)
    }
}

private func of(_ context: UnsafeMutableRawPointer?) -> SitemapXML? {
    context.map { Unmanaged<SitemapXML>.fromOpaque($0).takeUnretainedValue() }
}
