import Testing

@testable import crawlctl

/// What goes first where a terminal is narrow.
@Suite struct TableTests {
    private static func table(_ urls: [String], showsTitles: Bool = true) -> Table {
        Table(
            columns: [
                .init(title: "ID"), .init(title: "EVENT", goes: 2), .init(title: "SCOPE", goes: 1),
                .init(title: "N", alignsRight: true), .init(title: "URL", isURL: true),
            ],
            rows: urls.enumerated().map { ["K3F9Q\($0.offset)", "broken-origin", "url", "1,200", $0.element] },
            showsTitles: showsTitles)
    }

    @Test func wholeWithoutAWidth() {
        #expect(
            Self.table(["https://a.example/" + String(repeating: "x", count: 300)]).lines(width: nil)[1]
                == "K3F9Q0  broken-origin  url    1,200  https://a.example/" + String(repeating: "x", count: 300))
    }

    @Test("the scheme goes, then SCOPE, then EVENT, then the URL has a line of its own")
    func steps() {
        let table = Self.table(["https://a.example/page"])
        #expect(table.lines(width: 59)[1] == "K3F9Q0  broken-origin  url    1,200  https://a.example/page")
        #expect(table.lines(width: 58)[1] == "K3F9Q0  broken-origin  url    1,200  a.example/page")
        #expect(table.lines(width: 50)[1] == "K3F9Q0  broken-origin  1,200  a.example/page")
        #expect(table.lines(width: 43)[1] == "K3F9Q0  1,200  a.example/page")
        #expect(table.lines(width: 28) == ["ID          N  URL", "K3F9Q0  1,200", "    a.example/page"])
    }

    @Test("a URL that fits in no layout takes nothing from the others")
    func oneLongURL() {
        let long = "https://long.example/" + String(repeating: "x", count: 500) + "/end"
        let lines = Self.table([long, "https://a.example/page"]).lines(width: 60)
        #expect(lines[1] == "K3F9Q0  broken-origin  url    1,200")
        #expect(lines[2].hasPrefix("    long.example/xxx") && lines[2].hasSuffix("xxx/end") && lines[2].count == 60)
        #expect(lines[3] == "K3F9Q1  broken-origin  url    1,200  https://a.example/page")
    }

    @Test("at every width, with URLs of 20 to 2,000 characters: no line is too long, and every host is whole")
    func anyWidth() {
        let host = "host-with-a-name.example"
        let urls = [20, 40, 79, 80, 81, 119, 200, 500, 2000].map { length in
            "https://\(host)/" + String(repeating: "p", count: max(0, length - host.count - 9))
        }
        for width in 40...220 {
            let lines = Self.table(urls).lines(width: width)
            #expect(lines.allSatisfy { $0.count <= width }, "\(width)")
            #expect(lines.count { $0.contains(host + "/") } == urls.count, "\(width)")
        }
    }

    @Test("a host that is longer than the line is whole all the same")
    func longHost() {
        let host = String(repeating: "h", count: 60) + ".example"
        let lines = Self.table(["https://\(host)/" + String(repeating: "p", count: 90)]).lines(width: 40)
        #expect(lines.contains { $0.contains(host) })
    }

    @Test("what the first page left out the next ones leave out, so that columns line up")
    func pages() {
        var layout = Table.Layout()
        let first = Self.table(["https://a.example/page"])
        _ = first.lines(width: 43, hasColours: false, layout: &layout)
        let second = Self.table(["https://b.example/"], showsTitles: false)
        #expect(second.lines(width: 43, hasColours: false, layout: &layout) == ["K3F9Q0  1,200  b.example/"])
    }

    @Test("states have colours where they are wanted, and columns line up with them")
    func colours() {
        let table = Table(
            columns: [.init(title: "STATE", hasStates: true), .init(title: "URL", isURL: true)],
            rows: [["done", "a"], ["broken-origin", "b"], ["else", "c"]])
        #expect(
            table.lines(width: 80, hasColours: true) == [
                "STATE          URL", "\u{1B}[32mdone\u{1B}[0m           a", "\u{1B}[31mbroken-origin\u{1B}[0m  b",
                "else           c",
            ])
        #expect(!table.lines(width: 80).joined().contains("\u{1B}"))
    }
}
