import ControlAPI
import Testing

@testable import crawlctl

@Suite struct OutputTests {
    @Test(
        arguments: [
            (0, "now"), (999, "now"), (4_000, "in 4 s"), (240_000, "in 4 min"), (119_000, "in 1 min 59 s"),
            (-7_200_000, "2 h ago"), (7_140_000, "in 1 h 59 min"), (7_199_999, "in 1 h 59 min"),
            (86_399_999, "in 23 h 59 min"), (172_799_999, "in 1 d 23 h"), (172_800_000, "in 2 d"),
            (-86_400_000 * 400, "400 d ago"),
        ] as [(Int64, String)])
    func relativeTimes(distance: Int64, text: String) {
        let now: Int64 = 1_767_323_045_000
        #expect(TimeText(now: now).relative(Timestamp.text(now + distance)) == text)
    }

    @Test func absentAndOddTimes() {
        #expect(TimeText(now: 0).relative(nil) == "-")
        #expect(TimeText(now: 0).relative("soon") == "soon")
        #expect(TimeText(now: 0).both("1970-01-01T00:01:00.000Z") == "1970-01-01T00:01:00.000Z (in 1 min)")
    }

    private static let ordinals = ["1st", "2nd", "3rd", "4th", "11th", "57th", "101st", "1,112th"]

    @Test(
        "estimates are rounded",
        arguments: [
            (0, "0 s"), (4_600, "5 s"), (49_400, "49 s"), (56_000, "1 min"), (89_000, "1 min"), (91_000, "2 min"),
            (4_980_000, "83 min"), (10_000_000, "2 h 46 min"),
        ] as [(Int64, String)])
    func estimates(ms: Int64, text: String) { #expect(SpanText.about(ms: ms) == text) }

    @Test("show and status have one thing of what there is one of")
    func ofOne() {
        var record = URLRecord(
            url: "http://a.test/", origin: "http://a.test", state: "scheduled", health: "suspect", priority: 0,
            recrawl: "never", attempts: 1)
        record.run = RunRecord(
            outcome: "unreachable", since: "-", lastAt: "-", observations: 1, probeTimes: 1, grade: nil)
        #expect(
            ShowVerb.rows(record, TimeText(now: 0)).contains(["run", "unreachable, 1 observation at 1 probe time"]))
        var report = StatusReport(version: "1")
        (report.suspects, report.originsApart, report.budget.spent) = (1, 1, 1)
        let rows = StatusVerb.rows(report)
        #expect(rows.contains(["asked apart", "1 origin that cost more than its share"]))
        #expect(rows.contains(["today", "1 request"]))
        #expect(rows.contains { $0[1].hasPrefix("1 was in flight when crawld ended") })
    }

    @Test func numbers() {
        #expect(NumberText.count(0) == "0")
        #expect(NumberText.count(999) == "999")
        #expect(NumberText.count(1_234_567) == "1,234,567")
        #expect(NumberText.count(-1000) == "-1,000")
        #expect(NumberText.urls(1) == "1 URL" && NumberText.urls(1_000) == "1,000 URLs")
        #expect(CountText.text(0, "request") == "0 requests" && CountText.text(1, "request") == "1 request")
        #expect([1, 2, 3, 4, 11, 57, 101, 1_112].map(CountText.ordinal) == Self.ordinals)
        #expect(NumberText.bytes(512) == "512 B")
        #expect(NumberText.bytes(1536) == "1.5 KiB")
        #expect(NumberText.bytes(16 << 20) == "16.0 MiB")
    }

    @Test("a full disk is a state, and no crawl is said to be running on it")
    func storageFull() {
        var report = StatusReport(version: "1")
        #expect(StatusVerb.rows(report).contains(["state", "running"]))
        report.storageFullSince = "2026-01-02T03:04:05.000Z"
        let full = "storage-full since 2026-01-02T03:04:05.000Z: nothing is fetched until the disk has room"
        #expect(StatusVerb.rows(report).contains(["state", full]))
        report.paused = true
        #expect(StatusVerb.rows(report).contains(["state", full + "; paused: crawlctl resume goes on"]))
    }

    @Test("status says what the guards see, and nothing while all is well")
    func guards() {
        var report = StatusReport(version: "1")
        report.guards.offline = .on
        let quiet = StatusVerb.rows(report)
        report.guards.offline = .off
        #expect(
            StatusVerb.rows(report).filter { !quiet.contains($0) } == [
                ["offline guard", "off: fewer than 5 sites gave a good answer in a day"]
            ])
        report.guards.offline = .offline
        report.guards.offlineSince = "2026-01-01T00:00:00.000Z"
        report.guards.storms = [
            GuardsRecord.Storm(
                edge: "cloudflare", incident: "I", since: "2026-01-01T00:00:00.000Z", until: "-", domains: 1200)
        ]
        #expect(
            StatusVerb.rows(report).filter { !quiet.contains($0) } == [
                [
                    "STORM",
                    "1,200 sites behind cloudflare fail since 2026-01-01T00:00:00.000Z: nothing there is marked",
                ],
                ["OFFLINE", "no site answers since 2026-01-01T00:00:00.000Z: one is asked every 30 s"],
            ])
    }

    @Test("status says that our own machine has no sockets, and nothing while it has")
    func localLimit() {
        var report = StatusReport(version: "1")
        let quiet = StatusVerb.rows(report)
        report.localLimit = LocalLimitRecord(since: "2026-01-01T00:00:00.000Z", error: "EMFILE: none left", until: nil)
        #expect(
            StatusVerb.rows(report).filter { !quiet.contains($0) } == [
                [
                    "LOCAL LIMIT",
                    "no socket can be had since 2026-01-01T00:00:00.000Z, nothing new is fetched: EMFILE: none left",
                ]
            ])
    }

    @Test(
        "status shows what was spent of the budgets that are set",
        arguments: [
            (0, 0, "1,234 requests"), (5000, 0, "1,234 requests of 5,000"),
            (0, 200, "1,234 requests, each origin up to 200"),
            (5000, 200, "1,234 requests of 5,000, each origin up to 200"),
        ])
    func budgets(perDay: Int, perOrigin: Int, text: String) {
        var report = StatusReport(version: "1")
        report.budget.spent = 1234
        report.budget.perDay = perDay
        report.budget.perOriginPerDay = perOrigin
        #expect(StatusVerb.rows(report).contains(["today", text]))
    }

    @Test("status names the workers' longest call if it was long, and workers that do not get on")
    func workers() {
        var report = StatusReport(version: "1")
        let quiet = StatusVerb.rows(report)
        report.workerLongestCallMs = 1250
        report.workersStuck = [0, 2]
        #expect(
            StatusVerb.rows(report).filter { !quiet.contains($0) } == [
                ["workers", "up to 1,250 ms in one call into libcurl"],
                ["STUCK", "no sign of life from worker 0, 2 for 5 s and more"],
            ])
    }

    @Test("status says what is due, how fast it goes, and why it waits")
    func flow() {
        var report = StatusReport(version: "1")
        #expect(
            StatusFlow.rows(report) == [["due now", "0"], ["rate", "0 requests/s over 10 s, 0 over 1 min"]])
        (report.dueNow, report.rate10s, report.rate1m, report.secondsLeft) = (15_780, 62.14, 0.017, 4_980)
        report.waiting = [
            WaitingRecord(rule: "crawl-delay", origins: 1_780),
            WaitingRecord(rule: "retry-after", origins: 40, nextAt: "2026-01-02T17:07:41.123Z"),
            WaitingRecord(rule: "origin-broken", origins: 140), WaitingRecord(rule: "storm", origins: 1),
        ]
        report.urls["held"] = 13_960
        #expect(
            StatusFlow.rows(report) == [
                ["due now", "15,780, 83 min left; URLs held by their origins are counted"],
                ["rate", "62.1 requests/s over 10 s, 0.02 over 1 min"],
                [
                    "waiting",
                    "1,780 origins crawl delay · 40 Retry-After (next 17:07:41 UTC) · 140 broken · 1 storm; 13,960 URLs held",
                ],
            ])
        report.secondsLeft = nil
        #expect(StatusFlow.rows(report)[0][1].hasPrefix("15,780, time left unknown"))
        report.secondsLeft = .max
        #expect(StatusFlow.rows(report)[0][1].contains(" d left"))
        #expect(StatusVerb.rows(report).contains { $0[0] == "waiting" })
    }

    @Test func strangersMoveNoCursor() {
        let table = Table(columns: [.init(title: "X")], rows: [["a\u{1B}[2J\nb"]], showsTitles: false)
        #expect(table.lines(width: nil) == ["a?[2J?b"])
    }

    @Test func queriesAreEncoded() {
        let request = APIRequest(.get, "/v1/urls", query: [(name: "url", value: "https://a.example/?b=c&d=ü e+f")])
        #expect(request.target == "/v1/urls?url=https%3A%2F%2Fa.example%2F%3Fb%3Dc%26d%3D%C3%BC%20e%2Bf")
    }
}
