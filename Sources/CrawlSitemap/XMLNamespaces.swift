internal import Glibc

/// Which namespace a prefix stands for (Namespaces in XML 1.0). Kept here and not by expat, which ends a document at a
/// prefix that nobody bound: `image:loc` without its declaration is met often and loses nothing.
struct XMLNamespaces {
    /// A namespace. Those of the sitemap protocol, in every spelling that is met, are one with having none.
    struct Name: Hashable {
        fileprivate let number: Int
        static let none = Name(number: 0)
    }

    private typealias Text = UnsafePointer<CChar>

    private struct Change {
        var depth: Int
        var prefix: Int
        var before: Name?
    }

    /// By the hash of the prefix.
    private var bound: [Int: Name] = [:]
    private var changes: [Change] = []
    private let unprefixed = Self.hash(UnsafeRawBufferPointer(start: nil, count: 0))

    /// An element begins: `xmlns` and `xmlns:…` among its attributes hold for it already (§6.1).
    mutating func enter(_ depth: Int, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?) {
        var attribute = attributes
        while let key = attribute?.pointee, let value = attribute?.advanced(by: 1).pointee {
            attribute = attribute?.advanced(by: 2)
            guard strncmp(key, "xmlns", 5) == 0 else { continue }
            let prefix: Int
            switch key[5] {
            case 0: prefix = unprefixed
            case 58: prefix = Self.hash(UnsafeRawBufferPointer(start: key + 6, count: strlen(key + 6)))
            default: continue
            }
            changes.append(Change(depth: depth, prefix: prefix, before: bound[prefix]))
            bound[prefix] = Self.name(UnsafeRawBufferPointer(start: value, count: strlen(value)))
        }
    }

    mutating func leave(_ depth: Int) {
        while let change = changes.last, change.depth == depth {
            bound[change.prefix] = change.before
            changes.removeLast()
        }
    }

    /// Of an element, with its name behind the prefix; nil = its prefix stands for nothing.
    func resolve(_ name: UnsafePointer<CChar>) -> (space: Name, local: UnsafePointer<CChar>)? {
        guard let colon = strchr(name, 58) else { return (bound[unprefixed] ?? .none, name) }
        let prefix = UnsafeRawBufferPointer(start: name, count: UnsafePointer(colon) - name)
        return bound[Self.hash(prefix)].map { ($0, UnsafePointer(colon) + 1) }
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: bytes)
        return hasher.finalize()
    }

    private static func name(_ uri: UnsafeRawBufferPointer) -> Name {
        let uri = Blanks.trimmed(Array(uri.prefix(1024)))
        if uri.isEmpty || isSitemap(uri[...]) { return .none }
        return uri.withUnsafeBytes { Name(number: max(1, hash($0) & .max)) }
    }

    /// `http://www.sitemaps.org/schemas/sitemap/0.9`, with https, without `www.`, with a slash behind it, in any version,
    /// or Google's own that came before it.
    private static func isSitemap(_ uri: ArraySlice<UInt8>) -> Bool {
        var rest = uri
        for scheme in ["https://", "http://"] where rest.starts(with: scheme.utf8) {
            rest = rest.dropFirst(scheme.utf8.count)
        }
        if rest.starts(with: "www.".utf8) { rest = rest.dropFirst(4) }
        return ["sitemaps.org/schemas/sitemap/", "google.com/schemas/sitemap/"].contains { rest.starts(with: $0.utf8) }
    }
}
