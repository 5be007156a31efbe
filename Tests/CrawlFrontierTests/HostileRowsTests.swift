import CrawlTesting
import Foundation
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// A file that somebody edited, or that was damaged in its values: what it says may be wrong, but it never traps.
struct HostileRowsTests {
    /// A file with rows in every table that a crawl reads.
    static func fill(_ store: FrontierStore) throws {
        try store.openArchive(folder: "/archive", digest: "sha1")
        let urls = (0..<3).flatMap { o in (0..<6).map { "https://o\(o).example/\($0)" } }
        try store.enqueue(urls, EnqueueOptions { $0.meta = "{}" })
        let leased = try store.lease("https://o0.example").urls
        var failing = HealthRecord.sample(.pending)
        failing.run?.evidence = .full
        failing.run?.rays = ["0123456789abcdef-FRA"]
        failing.run?.met = [.fault(.challenge): 1]
        var failed = leased[0].pending(due: at(5))
        failed.evidence = .full
        failed.health = HealthBox(failing)
        let marks = [
            failed, leased[1].marked(.numbered(1), recheck: at(6)),
            leased[2].verdict(.redirected, at: at(1)) {
                $0.redirect = Redirect(target: CrawlURL("https://o1.example/to"), isPermanent: false)
            },
            leased[3].verdict(.refusedByPolicy, state: .refused) { $0.refusal = Refusal(.robots, "line 1") },
            leased[4].verdict(.throttled, state: .scheduled) {
                $0.dueAt = at(7)
                $0.originBlock = OriginBlock(
                    until: at(9), level: 2, edge: EdgeThrottle(code: 1015, since: at(1), wait: .seconds(8)))
            },
            leased[5].verdict {
                $0.state = .scheduled
                $0.dueAt = at(3)
                $0.content = Verdict.Content(
                    digest: ArchiveFixture.digest, bytes: 1, etag: "e", lastModified: nil)
                $0.archived = ArchiveFixture.page()
            },
        ]
        var completion = Completion(verdicts: marks)
        var robots = RobotsChange(origin: leased[0].id >> 40, version: 0, at: at(1), outcome: .success, status: 200)
        robots.copy = RobotsChange.Copy(text: Array("User-agent: *".utf8), expiresAt: at(99), foundAt: nil)
        robots.hold = .robotsUnreachable
        robots.health = HealthBox(failing)
        completion.robots = [robots]
        completion.archive = [ArchiveFixture.place(900), ArchiveFixture.place(0, in: "b.warc.gz")]
        completion.spent.day = 20_000
        completion.spent.requests = 3
        completion.spent.byOrigin = [1: 3]
        _ = try store.complete(completion, now: at(1))
        try store.enqueue(["https://o2.example/map.xml"], EnqueueOptions { $0.isSitemap = true })
        try store.setPaused(false)
        _ = try store.advanceTimeline()
        try store.closeCleanly(lastRequestAt: at(1))
    }

    /// Every column has these,
    private static let worst = ["9223372036854775807", "-9223372036854775808"]
    /// and one of these.
    private static let others = [
        "-1", "0", "9223372036854775806", "NULL", "'x'", "x'00ff'", "1e300", "1 << 62", "1099511627775", "8388607",
    ]

    @Test("whatever numbers the rows hold, reading and writing them goes on or fails, and never traps")
    func edited() throws {
        let template = try FrontierFolder()
        try Self.fill(try template.openKeyed())
        var columns: [(table: String, column: String)] = []
        try template.edit { db in
            for table in try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'") {
                for column in try Row.fetchAll(db, sql: "PRAGMA table_info(\(table))") {
                    columns.append((table, column["name"]))
                }
            }
        }
        var random = SeededRandom(seed: 20)
        for column in columns where !column.table.hasPrefix("sqlite") {
            for value in Self.worst + [random.pick(Self.others) ?? "-1"] {
                let folder = try FrontierFolder()
                try FileManager.default.copyItem(atPath: template.path, toPath: folder.path)
                try folder.edit { db in
                    let isOne = random.chance(0.5)
                    let rows = isOne ? " WHERE rowid IN (SELECT min(rowid) FROM \(column.table))" : ""
                    let sql = "UPDATE OR IGNORE \(column.table) SET \(column.column) = \(value)"
                    do { try db.execute(sql: sql + rows) } catch { try? db.execute(sql: sql) }
                }
                guard let store = try? folder.openKeyed() else { continue }
                Self.use(store)
            }
        }
    }

    /// Faults are fine; only a trap would end the test.
    static func use(_ store: FrontierStore) {
        var rules = SchedulerRules()
        rules.archive = ArchiveRule()
        let archive = (try? store.openArchive(folder: "/archive", digest: "sha1")) ?? 1
        rules.budget.requestsPerDay = 100
        rules.budget.requestsPerOriginPerDay = 50
        let opening = (try? store.opening(now: at(2))) ?? FrontierOpening()
        var scheduler = Scheduler(rules: rules, opening: opening, now: at(2), random: SeededRandom(seed: 1))
        for second in 3..<8 {
            let now = at(Double(second))
            var batch = FetchBatch()
            var steps = 0
            while steps < 60, let need = scheduler.next(now, into: &batch) {
                steps += 1
                guard case .lease(let request) = need else { continue }
                var requests = [request]
                scheduler.exclude(from: &requests)
                if let lease = try? store.lease(requests[0]) {
                    scheduler.leased(lease, for: request, now: now)
                } else {
                    scheduler.notLeased(request, now: now)
                    break
                }
            }
            var completion = Completion(verdicts: scheduler.takeRefused())
            for request in batch.requests {
                let result = FetchResult(ticket: request.ticket, startedAt: now, completedAt: now)
                let answer = Classification(second % 2 == 0 ? .unknownOriginError : .success)
                if URLKey.isRobots(request.ticket) {
                    guard let reply = scheduler.robotsAnswered(result, answer, now: now) else { continue }
                    scheduler.conclude(reply, without: [])
                    while let next = scheduler.nextRobotsReply() {
                        if let change = scheduler.judgeRobots(next, now: now) { completion.robots.append(change) }
                    }
                } else if let verdict = scheduler.judge(result, answer, now: now) {
                    completion.verdicts.append(verdict)
                }
            }
            completion.spent = scheduler.takeSpent()
            completion.archive = [ArchiveFixture.place(1000)]
            for index in completion.verdicts.indices where completion.verdicts[index].outcome == .success {
                completion.verdicts[index].archived = ArchiveFixture.page(ArchiveFixture.place(1100))
            }
            let commit = try? store.complete(completion, now: now)
            var later = 0
            while later < 50, let step = try? store.catchUp(now: now), step.isMore { later += 1 }
            scheduler.committed(completion.verdicts, again: commit?.again ?? [], now: now)
            scheduler.committed(completion.robots, now: now)
        }
        _ = try? store.advanceTimeline()
        _ = try? store.stats()
        _ = try? store.repair(now: at(8))
        for state in [nil] + URLState.allCases.map(Optional.some) {
            _ = try? store.page(URLFilter(state: state), after: -1, limit: 50)
            _ = try? store.page(URLFilter(state: state, origin: "https://o0.example"), after: -1, limit: 50)
        }
        for n in 0..<6 { _ = try? store.archivedPage(CrawlURL("https://o0.example/\(n)")) }
        for file in ["a.warc.gz", "b.warc.gz"] { _ = try? store.lastPlace(inFile: file, of: archive) }
        _ = try? store.originRecord("https://o0.example")
        _ = try? store.get("https://o0.example/2")
        _ = try? store.incidents(openOnly: false, after: nil, limit: 10)
        _ = try? store.alerts(after: 0, limit: 10)
        _ = try? store.pendingDeliveries(now: at(9), limit: 10)
        _ = try? store.sitemapJobs(openOnly: false, after: 0, limit: 10)
        let incidents = (try? store.incidentKeys(openOnly: true, after: nil, limit: 10).keys) ?? []
        _ = try? store.incidents(incidents, openOnly: true, within: 10_000)
        _ = try? store.alerts((try? store.alertKeys(after: 0, limit: 10).keys) ?? [], within: 10_000)
        let jobs = (try? store.sitemapJobKeys(openOnly: false, after: 0, limit: 10).keys) ?? []
        _ = try? store.sitemapJobs(jobs, openOnly: false, within: 10_000)
        _ = try? store.recoverSitemaps(files: [], boot: 1, now: at(8))
        if let document = try? store.fetchedSitemap() {
            _ = try? store.enqueue(EnqueueBatch(), of: document, SitemapProgress(), now: at(8))
            _ = try? store.sitemapNames(document)
            if let origin = try? store.knownOrigin(Array("https://o0.example".utf8)) {
                _ = try? store.sitemapSubmit(of: origin, job: document.job, now: at(8))
            }
            var progress = SitemapProgress()
            progress.putOff = [1, -1, .max]
            progress.reject("no-location", sample: "\u{7}")
            _ = try? store.enqueue(EnqueueBatch(), of: document, progress, now: at(8))
            _ = try? store.refetchSitemap(document.id, now: at(8))
        }
        _ = try? store.nextSitemaps(of: store.sitemapJobs(openOnly: true, after: 0, limit: 10))
        _ = try? store.awaitedSitemapRobots(now: at(8))
        _ = try? store.resumeSitemaps(now: at(8))
        _ = try? store.forgoSitemapRobots([1, -1])
        _ = try? store.endSitemapJobs(now: at(8))
        var quiet = 0
        while quiet < 20, store.tidy(now: at(400 * 86_400)) { quiet += 1 }
        _ = try? store.enqueue(["https://o0.example/0", "https://o9.example/"], EnqueueOptions { $0.force = true })
        _ = try? store.revive(.origin("https://o0.example"), now: at(9))
        _ = try? store.remove(.url(CrawlURL("https://o1.example/1")), now: at(9))
        _ = try? store.remove(.origin("https://o0.example"), now: at(9))
        try? store.closeCleanly(lastRequestAt: at(9))
    }
}
