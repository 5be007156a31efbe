import CrawlTesting
import Foundation
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// Incidents of every scope from their opening to their end, and the reminders between.
struct IncidentEpisodeTests {
    static let day = Duration.seconds(86_400)
    static let id = ULID.numbered(1)

    let folder: FrontierFolder
    let store: FrontierStore

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed { $0.sinks = ["log"] }
        try store.enqueue((0..<12).map { "https://a.example/\($0)" })
    }

    func opening(_ subject: IncidentSubject, _ event: AlertFacts.Event = .brokenOrigin) -> IncidentOpening {
        IncidentOpening(
            incident: Self.id, event: event, subject: subject, cause: "520", firstAt: at(0), lastAt: at(3600),
            observations: 10, requestsSpent: 18)
    }

    func facts() throws -> AlertFacts {
        try #require(try store.incidents(openOnly: false, after: nil, limit: 10).first).facts
    }

    func events() throws -> [AlertFacts.Event] { try store.alerts(after: 0, limit: 100).map(\.alert.facts.event) }

    @Test("an edge's and our own incident are about no URL and no origin", arguments: [IncidentSubject.edge, .offline])
    func guards(_ subject: IncidentSubject) throws {
        try store.change { incidents in
            var opening = IncidentOpening(Self.id, guarding: subject, firstAt: at(0), at: at(60), observations: 7)
            opening.urlsAffected = 7
            opening.colos = ["FRA"]
            opening.sample = (0..<20).map { "https://\($0).example/" }
            try incidents.open(opening, at: at(60))
        }
        let facts = try facts()
        #expect(facts.event == (subject == .edge ? .edgeIncident : .offline))
        #expect(facts.cause == facts.scope.rawValue)
        #expect(facts.url == nil && facts.origin == nil && facts.previous == nil)
        #expect(facts.urlsAffected == 7 && facts.sample.count == 10 && facts.colos == ["FRA"])
        // One episode after the other: none is a relapse of the one before.
        try store.change { incidents in
            try incidents.close(Self.id, how: .recovered, at: at(100))
            let again = IncidentOpening(.numbered(2), guarding: subject, firstAt: at(110), at: at(120), observations: 5)
            #expect(try incidents.open(again, at: at(120)) == again.incident)
        }
        #expect(try events() == [facts.event, .resolved, facts.event])
    }

    @Test("what an incident is about may be gone: nothing is opened")
    func gone() throws {
        try store.change { incidents in
            for subject in [IncidentSubject.url(77), .robots(7777), .origin(7777), .partial(7777)] {
                let opened = try incidents.open(opening(subject), at: at(3600))
                #expect(opened == nil)
            }
        }
        #expect(try events() == [])
    }

    @Test("a partial incident goes on in counts, narrows to a URL, and ends")
    func narrows() throws {
        let origin = try #require(try store.originNumber("https://a.example"))
        let url = try #require(try store.get("https://a.example/7"))
        try store.change { incidents in
            var opening = opening(.partial(origin))
            opening.requestsSaved = 3
            try incidents.open(opening, at: at(3600))
            var progress = IncidentProgress()
            progress.observations = 25
            progress.urlsAffected = 4
            progress.lastAt = at(9000)
            progress.requestsSaved = 40
            try incidents.note(Self.id, progress)
        }
        let first = try #require(try store.alerts(after: 0, limit: 1).first).alert.facts
        #expect(first.urlsAffected == 12 && first.sample.count == 10 && first.requestsSaved == 3)
        var facts = try facts()
        #expect(facts.scope == .partial && facts.url == nil)
        #expect(facts.observations == 25 && facts.urlsAffected == 4 && facts.requestsSaved == 40)
        #expect(facts.lastAtMs == at(9000).ms && facts.requestsSpent == 18)

        try store.change { try $0.narrow(Self.id, to: url.id) }
        facts = try self.facts()
        #expect(facts.scope == .url && facts.url == "https://a.example/7")
        #expect(facts.urlsAffected == 1 && facts.sample == ["https://a.example/7"])
        #expect(try events() == [.brokenOrigin], "nothing is told of it")

        try store.change { incidents in
            try incidents.close(Self.id, how: .withdrawn, at: at(10_000))
            try incidents.close(Self.id, how: .recovered, at: at(10_001))
            try incidents.narrow(Self.id, to: url.id)
            try incidents.note(Self.id, IncidentProgress())
        }
        #expect(try events() == [.brokenOrigin, .resolved])
        #expect(try store.alerts(after: 0, limit: 10).last?.alert.facts.how == .withdrawn)
    }

    @Test(
        "only an hour of failures can relapse: not a soft block, nor what an operator ended",
        arguments: [
            (AlertFacts.Event.softBlocked, AlertFacts.Ending.recovered), (.brokenOrigin, .revived),
            (.brokenOrigin, .removed),
            (.brokenOrigin, .withdrawn),
        ])
    func noRelapse(event: AlertFacts.Event, how: AlertFacts.Ending) throws {
        let url = try #require(try store.get("https://a.example/7"))
        try store.change { incidents in
            try incidents.open(opening(.url(url.id), event), at: at(3600))
            try incidents.close(Self.id, how: how, at: at(4000))
            var again = opening(.url(url.id))
            again.incident = .numbered(2)
            again.firstAt = at(4100)
            #expect(try incidents.open(again, at: at(7700)) == again.incident)
        }
        let incidents = try store.incidents(openOnly: false, after: nil, limit: 10)
        #expect(incidents.map(\.facts.previous) == [nil, Self.id.description])
    }

    @Test("reminders: one a day and incident, the oldest first, as many as a transaction may have")
    func reminders() throws {
        let origin = try #require(try store.originNumber("https://a.example"))
        let ids = (0..<5).map { ULID.numbered($0) }
        try store.change { incidents in
            for (index, id) in ids.enumerated() {
                var opening = opening(.origin(origin))
                opening.incident = id
                try incidents.open(opening, at: at(Double(index)))
            }
            try incidents.close(ids[4], how: .withdrawn, at: at(10))
        }
        #expect(try store.nextReminderAt(after: Self.day) == at(86_400))
        try store.postReminders(after: Self.day, limit: 100, now: at(86_399), rules: HealthRules())
        #expect(try events().count == 6)
        try store.postReminders(after: Self.day, limit: 3, now: at(86_400 * 9), rules: HealthRules())
        #expect(try events().dropFirst(6) == [.reminder, .reminder, .reminder])
        try store.postReminders(after: Self.day, limit: 3, now: at(86_400 * 9), rules: HealthRules())
        try store.postReminders(after: Self.day, limit: 3, now: at(86_400 * 9), rules: HealthRules())
        let alerts = try store.alerts(after: 0, limit: 100).dropFirst(6).map(\.alert)
        #expect(alerts.map(\.facts.incident) == ids.prefix(4).map(\.description))
        #expect(alerts.count == 4 && Set(alerts.map(\.id)).count == 4)
        #expect(try store.nextReminderAt(after: Self.day) == at(86_400 * 10))
    }

    @Test("incidents and deliveries of the released format are kept: one reminder each, and they close")
    func upgrade() throws {
        let path = folder.folder + "/old.db"
        let queue = try DatabaseQueue(path: path)
        let facts = """
            {"event":"broken-origin","incident":"\(Self.id)","cause":"520","url":"https://a.example/","origin":"https://a.example",
             "urlsAffected":1,"firstAtMs":1,"lastAtMs":2,"observations":10,"rays":[],"colos":[],"requestsSpent":10}
            """
        try queue.inDatabase { db in
            for step in Schema.steps.prefix(2) { try db.execute(sql: step) }
            try db.execute(
                sql: """
                    PRAGMA application_id = \(Schema.applicationID);
                    PRAGMA user_version = 2;
                    INSERT INTO fact VALUES ('hash_key_0', 1), ('hash_key_1', 2);
                    INSERT INTO origin (id, key, has_work) VALUES (1, 'https://a.example', 1);
                    INSERT INTO url (id, path, state, generation, priority) VALUES (1 << 40, '/', 5, 1, 0);
                    """)
            try db.execute(
                sql:
                    "INSERT INTO incident (id, url_id, cause, url, origin, marked_at, facts) VALUES (?, ?, '520', ?, ?, ?, ?)",
                arguments: [Self.id.description, 1 << 40, "https://a.example/", "https://a.example", at(0).ms, facts])
            try db.execute(
                sql: "INSERT INTO alert (id, incident, at, facts) VALUES ('01B', ?, ?, ?)",
                arguments: [Self.id.description, at(0).ms, facts])
            try db.execute(
                sql: "INSERT INTO delivery (seq, sink, incident, next_at) VALUES (1, 'log', ?, ?)",
                arguments: [Self.id.description, at(0).ms])
        }
        try queue.close()
        let store = try FrontierStore(path: path)
        #expect(try store.pendingDeliveries(now: at(1), limit: 10).map(\.alert.facts.scope) == [.url])
        try store.postReminders(after: Self.day, limit: 10, now: at(86_400 * 20), rules: HealthRules())
        try store.change { try $0.close(Self.id, how: .recovered, at: at(86_400 * 21)) }
        #expect(
            try store.alerts(after: 0, limit: 10).map(\.alert.facts.event) == [.brokenOrigin, .reminder, .resolved])
        #expect(try store.incidents(openOnly: false, after: nil, limit: 10).map(\.how) == ["recovered"])
    }
}
