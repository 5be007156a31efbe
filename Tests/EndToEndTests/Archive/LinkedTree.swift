import Foundation

/// Documents that lead to one another, below `names/` of a folder: from the first one each is to be had, and by no other way than
/// through the links.
struct LinkedTree: Sendable {
    /// Targets of all documents, escaped.
    let targets: Set<String>
    /// The first one's.
    let start = "/names/0/start.html"

    /// Served at `base` once it is known: absolute links need it, so that they are written by `link`.
    private let folder: String
    private let count: Int

    init(in folder: String, count: Int) throws {
        self.folder = folder
        self.count = count
        targets = Set(
            (0..<count).map(Self.target) + ["/names/0/start.html", "/names/same1/", "/names/same2/"]
                + ["/names/same1/child.html", "/names/same2/child.html"])
        try FileManager.default.createDirectory(atPath: folder + "/names", withIntermediateDirectories: true)
    }

    private static func name(_ i: Int) -> String { "\(i % 7)/page \(i) ü&.html" }
    private static func target(_ i: Int) -> String { "/names/\(i % 7)/page%20\(i)%20%C3%BC&.html" }

    /// Writes them; `base` is the server's.
    func write(base: String) throws {
        // Each leads to the three that follow from it, each time in another way of writing it.
        for i in 0..<count {
            let next = (1...3).map { 3 * i + $0 }.filter { $0 < count }
            let links = next.map { next -> String in
                let target = Self.target(next).replacing("&", with: "&amp;")
                return switch next % 4 {
                case 0: "<a href=\"\(target)\">next</a>"
                case 1: "<A class=x HREF='..\(target.dropFirst("/names".count))#part'>next</A>"
                case 2: "<iframe src=\"\(base)\(target)\"></iframe>"
                default: "<map><area href=\" \(target) \"></map>"
                }
            }
            try write("<!doctype html><title>\(i)</title>\(links.joined(separator: "\n"))", Self.name(i))
        }
        let first = Self.target(0).replacing("&", with: "&amp;")
        try write(
            """
            <base href="../1/"><a href="\(first)">0</a>
            <a href="/names/same1">a folder that redirects</a><a href="/names/same2/">another</a>
            <a href="/doc/">out of scope: prefix</a><a href="http://other.invalid/">out of scope</a>
            <a href="mailto:a@b.example">no page</a><a href="http://[">no URL</a><a href="missing.html">gone</a>
            """, "0/start.html")
        // The same to the byte, long enough to be written once only, and each with a child of its own.
        let same = "<a href=\"child.html\">child</a>" + String(repeating: " ", count: 2000)
        for folder in ["same1", "same2"] {
            try write(same, folder + "/index.html")
            try write("child of \(folder)", folder + "/child.html")
        }
    }

    private func write(_ text: String, _ name: String) throws {
        let url = URL(fileURLWithPath: folder + "/names/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }
}
