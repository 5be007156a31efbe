import Testing

@testable import CrawlCore

/// Which pages are asked for with validators while an archive is written.
struct ArchiveRuleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var rule: ArchiveRule?
        /// When the page's record was made; nil = there is none in this archive.
        var archivedAt: Instant?
        var asks: Bool

        init(_ name: String, _ rule: ArchiveRule?, _ archivedAt: Instant?, asks: Bool) {
            testDescription = name
            self.rule = rule
            self.archivedAt = archivedAt
            self.asks = asks
        }
    }

    static let hour = ArchiveRule(maxAge: .seconds(3600))

    @Test(arguments: [
        Case("no archive is written", nil, nil, asks: true),
        Case("none is, and the page stands in one of before", nil, at(0), asks: true),
        Case("the page stands nowhere", hour, nil, asks: false),
        Case("it stands there", hour, at(9000), asks: true),
        Case("as long as records are pointed at", hour, at(10_000 - 3600), asks: true),
        Case("and no longer", hour, at(10_000 - 3600.001), asks: false),
        Case("the clock was set back since", hour, at(20_000), asks: true),
        Case("nothing is pointed at", ArchiveRule(maxAge: .zero), at(9999), asks: false),
        Case("a time from an edited row", hour, Instant(ms: .min), asks: false),
    ])
    func validators(_ example: Case) {
        let digest = Digest256(words: (1, 2, 3, 4))
        let archived = example.archivedAt.map {
            ArchivedResponse(id: RecordNumber(high: 1, low: 2), at: $0, digest: digest, payload: nil)
        }
        let content = Verdict.Content(digest: digest, bytes: 1, etag: "\"e\"", lastModified: nil)
        let extra = ContentBox(content, archived: archived).extra(at(10_000), example.rule)
        #expect(extra?.etag == (example.asks ? "\"e\"" : nil))
    }

    @Test("a record that is there makes no validators")
    func none() {
        let digest = Digest256(words: (1, 2, 3, 4))
        let archived = ArchivedResponse(id: RecordNumber(high: 1, low: 2), at: at(0), digest: digest, payload: nil)
        let content = Verdict.Content(digest: digest, bytes: 1, etag: nil, lastModified: nil)
        #expect(ContentBox(content, archived: archived).extra(at(1), Self.hour) == nil)
    }
}
