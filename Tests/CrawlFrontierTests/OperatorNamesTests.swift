import ControlAPI
import CrawlFetch
import CrawlService
import CrawlTesting
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// What an operator may name, from the daemon's side: incidents, causes, and URLs in another spelling.
@Suite(.timeLimit(.minutes(1)))
struct OperatorNamesTests {
    let folder: FrontierFolder
    let store: FrontierStore
    let control: DaemonControl
    let origin = "https://a.example"

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed()
        let clock = SystemClock()
        let writer = FrontierWriter(frontier: store, clock: clock)
        let fetcher = SimulatedFetcher(time: VirtualTime(), keepsLog: false) { _ in .init(status: 200) }
        control = DaemonControl(
            store: store, writer: writer,
            loop: CrawlLoop(writer: writer, fetcher: fetcher, clock: clock, settings: CrawlLoop.Settings()),
            clock: clock,
            facts: DaemonControl.Facts(version: "1", startedAt: clock.now(), workers: 1),
            workers: { WorkerHealth() }, onIncident: {})
    }

    /// Each has an incident of its own.
    private func mark(_ paths: [String]) throws {
        try store.enqueue(paths.map { origin + $0 })
        let lease = try store.lease(origin)
        let verdicts = lease.urls.compactMap { url in
            paths.firstIndex(of: lease.path(url)).map { url.marked(.numbered($0), recheck: at(3600)) }
        }
        try store.complete(verdicts, drained: [], now: at(1))
    }

    /// The origin has one, too, that holds all of its URLs.
    private func breakOrigin(_ cause: String) throws {
        let number = try #require(try store.originNumber(origin))
        let canary = try #require(try store.get(origin + "/0")).id
        let incident = ULID.numbered(9)
        try store.write { db in
            var breaker = OriginBreaker()
            (breaker.phase, breaker.canary, breaker.incident) = (.broken, canary, incident)
            try BreakerTable(db: db).override(breaker, of: number)
            try store.incidentStore(db).open(
                IncidentOpening(
                    incident: incident, event: .brokenOrigin, subject: .origin(number), cause: cause,
                    firstAt: at(0), lastAt: at(1), observations: 5, requestsSpent: 5), at: at(1))
        }
    }

    private var open: Int {
        get throws { try store.incidents(openOnly: true, after: nil, limit: 10).count }
    }

    @Test("a cause revives URLs and their broken origin together, whichever was marked first")
    func causeOfOriginToo() async throws {
        try mark(["/0", "/1", "/2"])
        try breakOrigin("520")
        #expect(try open >= 3)
        let answer = try await control.revive(cause: "520")
        #expect(try open == 0)
        #expect((answer.incidents ?? 0) >= 1 && answer.freed >= 3 && answer.broken >= 3)
        #expect(try await control.revive(cause: "520") == RevivedAnswer(affected: 0, incidents: 0))
    }

    @Test("URLs that their origin holds for another cause stay, and the others are revived all the same")
    func otherCause() async throws {
        try mark(["/0", "/1"])
        try breakOrigin("521")
        let before = try open
        #expect(try await control.revive(cause: "520").incidents == 0)
        #expect(try open == before)
        #expect(try await control.revive(cause: "521").incidents == 1)
        #expect(try open == 0)
    }

    @Test("an incident is named by its end; a name of two is answered with both, one of none with 404")
    func names() async throws {
        try mark(["/0"])
        let id = try #require(try store.incidents(openOnly: true, after: nil, limit: 1).first?.facts.incident)
        let story = try await control.incident(IncidentName(String(id.suffix(6)).lowercased()))
        #expect(story.record.id == id && story.urls.map(\.url) == [origin + "/0"])
        #expect(story.story.map(\.what) == ["first-failure", "last-failure", "marked", "alert"])
        #expect(story.report?.contains(origin + "/0") == true)
        let twin = "1" + id.dropFirst()
        try folder.edit { db in
            try db.execute(
                sql: """
                    INSERT INTO incident SELECT ?, scope, NULL, cause, url, origin, marked_at, 1, 'revived', told_at, NULL,
                        NULL, facts, previous FROM incident WHERE id = ?
                    """, arguments: [twin, id])
        }
        await #expect {
            _ = try await control.incident(IncidentName(String(id.suffix(6))))
        } throws: { error in
            let error = error as? ControlError
            return error?.status == 409 && error?.code == ProblemCode.ambiguous && error?.candidates == [id, twin]
        }
        await #expect {
            _ = try await control.revive(IncidentName("ZZZZZZ"))
        } throws: { ($0 as? ControlError)?.status == 404 }
        let revived = try await control.revive(IncidentName(id))
        #expect(revived == RevivedAnswer(affected: 1, broken: 1, freed: 1, incidents: 1))
        #expect(try await control.revive(IncidentName(id)) == RevivedAnswer(affected: 0, incidents: 0))
    }

    @Test("show, explain, revive and remove find a URL by its other spelling")
    func spellings() async throws {
        try store.enqueue([origin + "/%7Eold", origin + "/~new"])
        for (asked, kept) in [("/~old", "/%7Eold"), ("/%7Enew", "/~new")] {
            let url = CrawlURL(origin + asked)
            #expect(try await control.record(url)?.url == origin + kept)
            #expect(try await control.explain(url)?.url == origin + kept)
            #expect(try await control.revive(.url(url)) == RevivedAnswer(affected: 1))
            #expect(try await control.remove(.url(url)) == 1)
            #expect(try await control.record(url) == nil)
            await #expect { _ = try await control.revive(.url(url)) } throws: { ($0 as? ControlError)?.status == 404 }
        }
    }
}
