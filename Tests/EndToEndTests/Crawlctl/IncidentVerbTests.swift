import ArgumentParser
import ControlAPI
import Testing

@testable import crawlctl

/// Incidents by name, and revivals.
@Suite struct IncidentVerbTests {
    static let now: Int64 = 1_767_323_045_000

    private func run(
        _ arguments: [String], _ connection: FakeConnection, _ written: Written, answer: String? = nil
    ) throws -> CtlFailure? {
        let verb = try #require(try Crawlctl.parseAsRoot(arguments) as? any Verb)
        let session = Session(
            connection: connection, json: verb.wantsJSON, terminal: written.terminal(answer: answer), now: Self.now)
        do {
            try verb.run(in: session)
            return nil
        } catch let failure as CtlFailure {
            return failure
        }
    }

    static let record = {
        var record = IncidentRecord(
            id: "01KDYJX9M6AAAAAAAAAAK3F9QZ", event: "broken-origin", cause: "520", open: true,
            firstAt: Timestamp.text(now - 3_700_000), lastAt: Timestamp.text(now - 60_000),
            markedAt: Timestamp.text(now - 100_000), observations: 10, urlsAffected: 3, requestsSpent: 12,
            requestsSaved: 1_400)
        record.url = "https://a.example/page"
        return record
    }()

    static let alert = {
        let message = AlertMessage(
            id: "01ALERT", at: Timestamp.text(now - 100_000), event: "broken-origin", incident: record.id, cause: "520",
            urlsAffected: 1, firstAt: "x", lastAt: "x", observations: 10)
        return AlertRecord(
            alert: message,
            deliveries: [
                DeliveryRecord(sink: "log", state: "delivered", attempts: 1),
                DeliveryRecord(
                    sink: "webhook", state: "waiting", attempts: 3, nextAt: Timestamp.text(now + 17_000), error: "503"),
            ])
    }()

    private static func json(_ value: some Encodable) throws -> String {
        String(decoding: try ControlJSON.encode(value), as: UTF8.self)
    }

    @Test("lists name incidents by the end of their numbers, and deliveries in short")
    func short() throws {
        let connection = FakeConnection([.init(200, try Self.json(Self.record)), .init(200, try Self.json(Self.alert))])
        let written = Written()
        #expect(try run(["incidents"], connection, written) == nil)
        #expect(try run(["alerts"], connection, written) == nil)
        #expect(
            written.out
                == """
                ID      SINCE          EVENT          SCOPE    CAUSE  STATE      URLS  WHERE
                K3F9QZ  1 h 1 min ago  broken-origin  url      520    open          3  https://a.example/page
                ID      AT              EVENT          SCOPE    CAUSE  DELIVERY                 WHERE
                K3F9QZ  1 min 40 s ago  broken-origin  url      520    log ok, webhook in 17 s  -

                """)
    }

    @Test("one incident: its story, URLs, attempts, deliveries and report; with --json the answer")
    func story() throws {
        var url = URLRecord(url: "https://a.example/page", origin: "https://a.example", state: "broken-origin")
        (url.lastOutcome, url.lastStatus) = ("unknownOriginError", 520)
        let story = IncidentStory(
            record: Self.record, report: "Our crawler\u{7}\n\nURL: x\n",
            story: [.init(at: Timestamp.text(Self.now - 100_000), what: "marked", detail: "broken-origin (url)")],
            urls: [url],
            attempts: [
                .init(url: url.url, attempt: AttemptRecord(at: Timestamp.text(Self.now - 60_000), outcome: "x"))
            ],
            alerts: [Self.alert])
        let body = try Self.json(story)
        #expect(try ControlJSON.decode(IncidentStory.self, from: body.utf8) == story)
        let connection = FakeConnection([.init(200, body), .init(200, body)])
        let written = Written()
        #expect(try run(["incident", "k3f9qz"], connection, written) == nil)
        #expect(connection.targets == ["GET /v1/incidents?id=k3f9qz"])
        for line in [
            "incident      01KDYJX9M6AAAAAAAAAAK3F9QZ", "state         open", "requests      12 spent, 1,400 saved",
            "story         2026-01-02T03:02:25.000Z (1 min 40 s ago) marked: broken-origin (url)",
            "url           broken-origin, unknownOriginError 520, https://a.example/page", "              and 2 more",
            "attempt       2026-01-02T03:03:05.000Z (1 min ago), x, https://a.example/page",
            "  log         delivered, 1 attempt",
            "  webhook     waiting, 3 attempts, next 2026-01-02T03:04:22.000Z (in 17 s): 503", "Our crawler?", "URL: x",
        ] {
            #expect(written.out.split(separator: "\n").contains(Substring(line)), "\(line) in \(written.out)")
        }
        let raw = Written()
        #expect(try run(["incident", "k3f9qz", "--json"], connection, raw) == nil)
        #expect(raw.out == body + "\n")
    }

    static let answers: [(arguments: [String], body: String, text: String)] = [
        (["https://a.example/"], #"{"affected":1,"broken":1,"freed":1}"#, "revived 1 URL"),
        (["https://a.example/"], #"{"affected":1,"broken":0,"freed":0}"#, "nothing was broken; 1 URL due now"),
        (
            ["--origin", "https://a.example"], #"{"affected":9,"broken":9,"freed":1204}"#,
            "revived https://a.example: 1,204 URLs go free"
        ),
        (
            ["--origin", "https://a.example"], #"{"affected":1,"broken":1,"freed":1}"#,
            "revived https://a.example: 1 URL goes free"
        ),
        (["--origin", "https://a.example"], #"{"affected":0,"broken":0,"freed":0}"#, "nothing was broken"),
        (
            ["--origin", "https://a.example"], #"{"affected":2,"broken":2,"freed":0}"#,
            "revived https://a.example: failures are forgotten, no URL was kept back"
        ),
        (
            ["--incident", "K3F9QZ"], #"{"affected":3,"broken":3,"freed":3,"incidents":1}"#,
            "revived 1 incident: 3 URLs go free"
        ),
        (
            ["--incident", "K3F9QZ"], #"{"affected":0,"broken":0,"freed":0,"incidents":0}"#,
            "nothing was broken: the incident is over"
        ),
        (
            ["--cause", "520", "--yes"], #"{"affected":3,"broken":3,"freed":40,"incidents":12}"#,
            "revived 12 incidents: 40 URLs go free"
        ),
        (
            ["--cause", "520", "--yes"], #"{"affected":0,"broken":0,"freed":0,"incidents":0}"#,
            "nothing was broken: no open incident has cause 520"
        ),
    ]

    @Test("what a revival did is said, and where nothing was broken, that", arguments: answers)
    func revived(arguments: [String], body: String, text: String) throws {
        let written = Written()
        #expect(try run(["revive"] + arguments, FakeConnection([.init(200, body)]), written) == nil)
        #expect(written.out == text + "\n")
    }

    @Test("--cause says how much it is and asks; where nobody can be asked it does nothing and says what to do")
    func asks() throws {
        let rows = try Self.json(Self.record) + "\n" + Self.json(Self.record) + "\n"
        let done = #"{"affected":6,"broken":6,"freed":6,"incidents":2}"#
        var connection = FakeConnection([.init(200, rows)])
        var written = Written()
        let failure = try run(["revive", "--cause", "520"], connection, written)
        #expect(failure?.reason == .usage)
        #expect(failure?.message.hasPrefix("this would revive 2 incidents with cause 520, 6 URLs in all") == true)
        #expect(failure?.message.contains("--yes") == true)
        #expect(connection.targets == ["GET /v1/incidents?open=true&cause=520&limit=1000"])

        for (answer, isDone) in [("y", true), ("YES ", true), ("n", false), ("", false), ("yo", false)] {
            connection = FakeConnection([.init(200, rows), .init(200, done)])
            written = Written()
            #expect(try run(["revive", "--cause", "520"], connection, written, answer: answer) == nil)
            #expect(written.err.hasPrefix("revive 2 incidents with cause 520, 6 URLs in all? [y/N] "))
            #expect(connection.targets.dropFirst() == (isDone ? ["POST /v1/urls/revive?cause=520"] : []))
            #expect(written.err.hasSuffix("nothing was done\n") == !isDone)
        }

        // Not one: there is nothing to ask.
        connection = FakeConnection([.init(200, ""), .init(200, #"{"affected":0,"broken":0,"freed":0,"incidents":0}"#)])
        written = Written()
        #expect(try run(["revive", "--cause", "521"], connection, written) == nil)
        #expect(written.out == "nothing was broken: no open incident has cause 521\n")
    }

    @Test("--all and --open mean the same for every list that has them, and empty lists are all told in the same way")
    func extents() throws {
        let cases = [
            (["incidents"], "open=true&", "no open incidents"), (["incidents", "--all"], "", "no incidents"),
            (["incidents", "--open"], "open=true&", "no open incidents"), (["sitemaps"], "", "no sitemaps"),
            (["sitemaps", "--open"], "open=true&", "no open sitemaps"), (["sitemaps", "--all"], "", "no sitemaps"),
            (["alerts"], "", "no alerts"), (["alerts", "--all"], "", "no alerts"),
            (["alerts", "--open"], "open=true&", "no open alerts"), (["list"], "", "no URLs"),
            (
                ["list", "--state", "done", "--origin", "https://a.example"], nil,
                "no URLs in state done of https://a.example"
            ),
        ]
        for (arguments, query, said) in cases {
            let connection = FakeConnection([.init(200, "")])
            let written = Written()
            #expect(try run(arguments, connection, written) == nil)
            if let query { #expect(connection.targets.first?.hasSuffix("?\(query)limit=1000") == true) }
            #expect(written.err == said + "\n" && written.out.isEmpty)
            let raw = Written()
            #expect(try run(arguments + ["--json"], FakeConnection([.init(200, "")]), raw) == nil)
            #expect(raw.err.isEmpty && raw.out.isEmpty)
        }
        for verb in ["incidents", "sitemaps", "alerts"] {
            #expect(throws: (any Error).self) { _ = try Crawlctl.parseAsRoot([verb, "--all", "--open"]) }
        }
    }
}
