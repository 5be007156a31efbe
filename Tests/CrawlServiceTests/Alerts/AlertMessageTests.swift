import ControlAPI
import CrawlCore
import CrawlFrontier
import CrawlTesting
import Testing

@testable import CrawlService

@Suite struct AlertMessageTests {
    let fixture: MarkedStore
    let alert: StoredAlert

    init() throws {
        fixture = try MarkedStore(sinks: ["log"])
        try fixture.mark("https://shop.example/a?b=1")
        alert = try #require(try fixture.store.alerts(after: 0, limit: 1).first?.alert)
    }

    func resolved() throws -> StoredAlert {
        try fixture.resolve(try fixture.mark("https://shop.example/second"))
        return try #require(try fixture.store.alerts(after: 0, limit: 10).last?.alert)
    }

    @Test func messageTellsWhatIsKnown() throws {
        let message = AlertMessages.message(alert)
        #expect(message.id == alert.id)
        #expect(message.event == "broken-origin")
        #expect(message.at == "2026-01-01T00:00:00.000Z")
        #expect(message.firstAt == "2025-12-31T23:00:00.000Z")
        #expect(message.sample == ["https://shop.example/a?b=1"])
        #expect(message.evidence?.cfRay == ["8a1b2c3d4e5f6071-FRA", "8a1b2c3d4e5f6072-AMS"])
        #expect(message.evidence?.status == 520)
        #expect(message.evidence?.curlCode == nil)
        #expect(message.how == nil)
    }

    @Test func jsonIsOneLineAndReadsBack() throws {
        let json = try AlertMessages.json(alert)
        #expect(!json.contains(UInt8(ascii: "\n")))
        #expect(try ControlJSON.decode(AlertMessage.self, from: json) == AlertMessages.message(alert))
    }

    @Test func reportHasAllThatAnOwnerNeeds() throws {
        let report = try #require(AlertMessages.message(alert).report)
        for part in [
            "https://shop.example/a?b=1", "HTTP status 520: the origin server closed", "2025-12-31 23:00:00.000 UTC",
            "2026-01-01 00:00:00.000 UTC", "Attempts:      10", "8a1b2c3d4e5f6071-FRA, 8a1b2c3d4e5f6072-AMS",
            "FRA, AMS", "192.0.2.7", "HTTP version:  2",
        ] {
            #expect(report.contains(part))
        }
        #expect(!report.contains("proxy"))
    }

    @Test func reportSaysWhenNoServerSentTheCode() throws {
        var facts = alert.facts
        facts.evidence?.status = 0
        facts.evidence?.curlCode = 52
        #expect(SiteReport(facts)?.text.contains("an edge would answer 520, libcurl error 52") == true)
    }

    @Test func aResolvedMessageHasNoReport() throws {
        let message = AlertMessages.message(try resolved())
        #expect(message.event == "resolved")
        #expect(message.how == "recovered")
        #expect(message.report == nil)
    }
}
