import CrawlCore
import Testing

@testable import CrawlService

struct StatusLineTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var edit: @Sendable (inout StatusLine) -> Void
        var testDescription: String { text }
    }

    private static let noon = Instant(ms: 1_767_268_800_000)

    private static let cases = [
        Case(text: "0 fetches") { _ in },
        Case(text: "1 fetch, under 1/s") {
            $0.fetches = 1
            $0.perSecond = 0.2
        },
        Case(text: "1,234,567 fetches, 1,060/s, 3 incidents open") {
            $0.fetches = 1_234_567
            $0.perSecond = 1059.6
            $0.openIncidents = 3
        },
        Case(text: "paused; 12 fetches, 1 incident open") {
            $0.fetches = 12
            $0.isPaused = true
            $0.openIncidents = 1
        },
        Case(text: "offline since 2026-01-01T12:00:00.000Z; 0 fetches") { $0.offlineSince = noon },
        Case(text: "no socket can be had since 2026-01-01T12:00:00.000Z; 0 fetches") { $0.localLimitSince = noon },
        Case(text: "storage fails, nothing is fetched: disk I/O error") { $0.storageError = "disk I/O error" },
        Case(text: "the disk is full since 2026-01-01T12:00:00.000Z, nothing is fetched; paused") {
            $0.storageFullSince = noon
            $0.storageError = "full"
            $0.isPaused = true
        },
    ]

    @Test("what keeps the crawl from going on, or how it goes", arguments: cases)
    func text(_ example: Case) {
        var line = StatusLine()
        example.edit(&line)
        #expect(line.text == example.text)
    }
}
