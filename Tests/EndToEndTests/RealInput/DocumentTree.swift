import Foundation

/// Real files of this machine, and a few whose names are hard to write into a URL.
struct DocumentTree: Sendable {
    /// Served as `/`.
    static let root = "/usr/share"
    /// Served as `/names/`, and written there by us.
    let names: String
    private(set) var documents: [Document] = []

    private static let mostDocuments = 6000
    /// Below the daemon's `fetch.max_body`.
    private static let longest: Int64 = 8 << 20

    private static let hardNames = [
        "a b.txt", "c+d~e.txt", "100%.txt", "per%20cent.txt", "grüße-日本.txt", "query?a=1&b=2.txt", "hash#tag.txt",
        "semi;colon,=.txt", "[brackets]{braces}.txt", "quote'\"<>|^`.txt", "back\\slash.txt", "dots..txt", "trailing.",
    ]

    /// `folder` is the test's own: the hard names are written below it. Documentation comes first; a machine without
    /// much of it fills up with whatever else it shares.
    init(in folder: String) throws {
        names = folder + "/tree/names"
        try FileManager.default.createDirectory(atPath: names, withIntermediateDirectories: true)
        for (index, name) in (Self.hardNames + ["empty"]).enumerated() {
            let text = name == "empty" ? "" : String(repeating: "\(name)\n", count: index + 1)
            try Data(text.utf8).write(to: URL(fileURLWithPath: names + "/" + name))
        }
        add(below: names, as: "/names/")
        add(below: Self.root + "/doc", as: "/doc/")
        if documents.count < Self.mostDocuments / 2 {
            add(below: Self.root, as: "/", except: "doc/")
        }
    }

    private mutating func add(below folder: String, as prefix: String, except: String? = nil) {
        guard let walk = FileManager.default.enumerator(atPath: folder) else { return }
        while documents.count < Self.mostDocuments, let name = walk.nextObject() as? String {
            if let except, name.hasPrefix(except) { continue }
            let target = prefix + Document.escaped(name)
            guard let document = Document(file: folder + "/" + name, target: target, limit: Self.longest) else {
                continue
            }
            documents.append(document)
        }
    }
}
