import CrawlCore
import CrawlFrontier
import CrawlTesting
import Testing

@testable import CrawlService

/// URLs on their way from a line, or from an answer, into the frontier.
struct CanonicalFormTests {
    /// Canonical lines skip the parser, all others go through it: both have to meet in one row.
    @Test func allSpellingsOfAPageAreOneRow() throws {
        let folder = try TemporaryFolder()
        let store = try FrontierStore(path: folder.file("frontier.sqlite"))
        let pages = [
            [
                "http://a.example/b?q", "HTTP://A.EXAMPLE:80/./b?q#top", "http://a.example/x/%2e%2e/b?q",
                " http://%61.example/../b?q ",
            ],
            ["https://xn--mnchen-3ya.example/", "https://MÜNCHEN.example:443", "https://m%C3%BCnchen。example/#"],
            ["http://[2001:db8::1]/", "http://[2001:DB8:0:0:0:0:0:1]:80/", "http://[2001:0db8::0:1]"],
            ["http://192.0.2.1/%C3%A4", "http://0xc0000201/ä", "http://3221225985/%c3%a4"],
        ]
        var collector = EnqueueCollector(canonicalize: Canonicalizer.canonicalize)
        for (number, line) in pages.joined().enumerated() {
            Array(line.utf8).withUnsafeBufferPointer { collector.add($0, options: nil, line: number + 1) }
        }
        #expect(collector.rejected == 0, "\(collector.problems)")
        let receipt = try store.enqueue(collector.takeBatch(), now: Instant(ms: 0)).receipt
        #expect(receipt == EnqueueReceipt(new: pages.count, known: pages.joined().count - pages.count))
        for page in pages { #expect(try store.record(url(page[0]))?.url == page[0]) }
    }

    @Test func whereAnAnswerPoints() throws {
        let base = try url("https://a.example/x/y?z")
        let target = try Canonicalizer.resolve("../ä b#c".utf8, from: base).get()
        #expect(target == (try url("https://a.example/%C3%A4%20b")))
        #expect(target.origin == "https://a.example")
        #expect(throws: URLProblem.self) { try Canonicalizer.resolve("ftp://a.example/".utf8, from: base).get() }
    }

    private func url(_ text: String) throws -> CrawlURL {
        try Array(text.utf8).withUnsafeBufferPointer { try Canonicalizer.canonicalize($0).get() }
    }
}
