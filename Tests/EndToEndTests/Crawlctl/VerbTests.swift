import ArgumentParser
import ControlAPI
import Foundation
import Testing

@testable import crawlctl

@Suite struct VerbTests {
    /// Runs a command line against answers; the failure, if there is one, is returned.
    private func run(
        _ arguments: [String], _ connection: FakeConnection, _ written: Written, json: Bool = false
    ) throws -> CtlFailure? {
        let verb = try #require(try Crawlctl.parseAsRoot(arguments) as? any Verb)
        let session = Session(
            connection: connection, json: json, terminal: written.terminal(), now: 1_767_323_045_000)
        do {
            try verb.run(in: session)
            return nil
        } catch let failure as CtlFailure {
            return failure
        }
    }

    static let stored = APIAnswer(200, #"{"new":1,"known":0,"rejected":0,"problems":[]}"#)

    @Test func enqueueSendsText() throws {
        let connection = FakeConnection([Self.stored])
        let written = Written()
        #expect(try run(["enqueue", "https://a.example/", "https://b.example/"], connection, written) == nil)
        #expect(connection.targets == ["POST /v1/urls"])
        #expect(connection.contentTypes == ["text/plain"])
        #expect(String(decoding: connection.body, as: UTF8.self) == "https://a.example/\nhttps://b.example/\n")
        #expect(written.out == "1 new, 0 known, 0 rejected\n")
    }

    @Test func optionsMakeObjects() throws {
        let connection = FakeConnection([Self.stored])
        let arguments = [
            "enqueue", "https://a.example/?q=\"\\", "--priority", "-5", "--recrawl", "7d", "--due", "2h", "--force",
        ]
        #expect(try run(arguments, connection, Written()) == nil)
        #expect(connection.contentTypes == ["application/x-ndjson"])
        #expect(
            String(decoding: connection.body, as: UTF8.self)
                == #"{"url":"https://a.example/?q=\"\\","priority":-5,"recrawl":"7d","due_at":"2026-01-02T05:04:05.000Z","force":true}"#
                + "\n")
    }

    @Test func sitemapsAreObjects() throws {
        let connection = FakeConnection([Self.stored])
        let arguments = [
            "enqueue", "--sitemap", "https://a.example/s.xml", "https://a.example/", "--sitemap", "https://b.example/s",
            "--priority", "5",
        ]
        #expect(try run(arguments, connection, Written()) == nil)
        #expect(connection.contentTypes == ["application/x-ndjson"])
        #expect(
            String(decoding: connection.body, as: UTF8.self)
                == """
                {"sitemap":"https://a.example/s.xml","priority":5}
                {"sitemap":"https://b.example/s","priority":5}
                {"url":"https://a.example/","priority":5}

                """)
    }

    @Test func sitemapsShowHowFarTheyAre() throws {
        var record = SitemapRecord(
            id: 1, url: "https://a.example/s.xml", state: "cut", askedAt: Timestamp.text(1_767_323_041_000))
        (record.documents, record.documentsDone, record.entries, record.new) = (3, 2, 50_010, 50_000)
        (record.rejected, record.foreign, record.reason) = (4, 5, "loop")
        record.rejections = [
            .init(reason: "no-location", entries: 3), .init(reason: "false-bytes", entries: 1, sample: "/\u{fffd}"),
        ]
        (record.waitsFor, record.nextAttemptAt) = (
            "https://a.example/s2.xml", Timestamp.text(1_767_323_045_000 + 300_000)
        )
        record.waitsBecause = "not-due: a retry after serverError, later each time"
        let line = String(decoding: try ControlJSON.encode(record), as: UTF8.self)
        let connection = FakeConnection([.init(200, line)])
        let written = Written()
        #expect(try run(["sitemaps", "--open"], connection, written) == nil)
        #expect(connection.targets == ["GET /v1/sitemaps?open=true&limit=1000"])
        #expect(
            written.out == """
                ASKED       STATE    FILES    LINES      NEW    KNOWN  REJECTED  CUT BY      SITEMAP
                4 s ago     cut        2/3   50,010   50,000        0         9  loop        https://a.example/s.xml
                https://a.example/s.xml: waits for https://a.example/s2.xml: not-due: a retry after serverError, later each time; next in 5 min
                https://a.example/s.xml: rejected: 3 no-location, 1 false-bytes (/\u{fffd})
                https://a.example/s.xml: 5 of other sites, not enqueued

                """)
    }

    @Test func filesAreStreamedAndConverted() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("crawlctl-\(UUID()).txt").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("\r\nhttps://a.example/\r\n\n  https://b.example/".utf8).write(to: URL(fileURLWithPath: path))
        let connection = FakeConnection([Self.stored])
        #expect(try run(["enqueue", "-f", path, "--force"], connection, Written()) == nil)
        #expect(
            String(decoding: connection.body, as: UTF8.self)
                == "\n{\"url\":\"https://a.example/\",\"force\":true}\n\n{\"url\":\"https://b.example/\",\"force\":true}\n"
        )
    }

    @Test("files are read one after the other, each by its own kind, and counted together")
    func severalFiles() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("crawlctl-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let paths = ["a.txt", "b.json"].map { folder.appendingPathComponent($0).path }
        try Data("https://a.example/\n".utf8).write(to: URL(fileURLWithPath: paths[0]))
        try Data("{\"url\":\"https://b.example/\"}\n{}\n".utf8).write(to: URL(fileURLWithPath: paths[1]))
        let rejected = """
            {"known":0,"new":1,"problems":[{"code":"no-url","detail":"it has none","line":2,"url":null}],"rejected":1}
            """
        let connection = FakeConnection([Self.stored, .init(200, rejected)])
        let written = Written()
        #expect(
            try run(["enqueue", "-f", paths[0], "--file", paths[1]], connection, written) == CtlFailure(.rejected, ""))
        #expect(connection.contentTypes == ["text/plain", "application/x-ndjson"])
        #expect(written.out.split(separator: "\n").count == 1)
        #expect(written.err.contains("\(paths[1]), line 2: -: no-url: it has none"), "\(written.err)")

        // Nothing is sent if one of them cannot be read.
        let none = FakeConnection([])
        #expect(try run(["enqueue", "-f", paths[0], "-f", paths[1] + "x"], none, Written())?.reason == .io)
        #expect(try run(["enqueue", "-f", paths[0], "-f", folder.path], none, Written())?.reason == .io)
        #expect(try run(["enqueue", "-f", paths[0], "-f", paths[1], "--force"], none, Written())?.reason == .usage)
        #expect(none.targets.isEmpty)

        // Of what was stored before one of them failed the counts are told.
        let refused = FakeConnection([
            Self.stored, .init(503, #"{"type":"about:blank","title":"x","status":503,"code":"busy","detail":"later"}"#),
        ])
        let told = Written()
        let failure = try run(["enqueue", "-f", paths[0], "-f", paths[1]], refused, told)
        #expect(
            failure?.reason == .tryAgain && failure?.message.hasPrefix("\(paths[1]): busy") == true,
            "\(String(describing: failure))")
        #expect(told.out.hasPrefix("1 new, 0 known, 0 rejected"))
    }

    @Test func objectsAreRecognised() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("crawlctl-\(UUID()).json").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let text = "\n {\"url\":\"https://a.example/\"}\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let connection = FakeConnection([Self.stored])
        #expect(try run(["enqueue", "-f", path], connection, Written()) == nil)
        #expect(connection.contentTypes == ["application/x-ndjson"])
        #expect(String(decoding: connection.body, as: UTF8.self) == text)
        #expect(try run(["enqueue", "-f", path, "--force"], FakeConnection([]), Written())?.reason == .usage)
    }

    /// Editors begin a file with one; it is no part of the first line.
    @Test(arguments: [
        (
            "https://a.example/\n", ["--force"], "{\"url\":\"https://a.example/\",\"force\":true}\n",
            "application/x-ndjson"
        ),
        ("https://a.example/\n", [], "https://a.example/\n", "text/plain"),
        ("{\"url\":\"https://a.example/\"}\n", [], "{\"url\":\"https://a.example/\"}\n", "application/x-ndjson"),
        ("\n {\"url\":\"https://a.example/\"}\n", [], "\n {\"url\":\"https://a.example/\"}\n", "application/x-ndjson"),
        ("", [], "", "text/plain"),
    ]) func byteOrderMarksArePassedOver(text: String, options: [String], body: String, type: String) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("crawlctl-\(UUID()).txt").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("\u{FEFF}\(text)".utf8).write(to: URL(fileURLWithPath: path))
        let connection = FakeConnection([Self.stored])
        #expect(try run(["enqueue", "-f", path] + options, connection, Written()) == nil)
        #expect(connection.contentTypes == [type])
        #expect(Array(connection.body) == Array(body.utf8))
    }

    @Test func rejectedLinesAreListed() throws {
        let answer = APIAnswer(
            200,
            #"{"new":1,"known":0,"rejected":3,"problems":[{"line":2,"url":"ftp://x","code":"unsupported-scheme","detail":"http or https"}]}"#
        )
        let written = Written()
        let failure = try run(["enqueue", "a", "ftp://x"], FakeConnection([answer]), written)
        #expect(failure == CtlFailure(.rejected, ""))
        #expect(written.err == "line 2: ftp://x: unsupported-scheme: http or https\n")
        #expect(written.out == "1 new, 0 known, 3 rejected (the first 1 are shown)\n")
    }

    @Test(arguments: [
        (400, CtlFailure.Reason.rejected), (403, .notPermitted), (404, .notFound), (409, .rejected), (413, .rejected),
        (429, .tryAgain), (500, .bug), (503, .tryAgain), (507, .tryAgain),
    ])
    func problemsBecomeExitCodes(status: Int, reason: CtlFailure.Reason) throws {
        let answer = APIAnswer(
            status, #"{"type":"about:blank","title":"t","status":1,"code":"some-code","detail":"why","hint":"do this"}"#
        )
        let failure = try run(["pause"], FakeConnection([answer]), Written())
        #expect(failure?.reason == reason)
        #expect(failure?.message == "some-code: why (do this)")
    }

    @Test func aFailureHalfWayTellsWhatIsStored() throws {
        let answer = APIAnswer(
            507,
            #"{"type":"about:blank","title":"t","status":507,"code":"storage-full","detail":"d","new":5,"known":2,"rejected":0}"#
        )
        let failure = try run(["enqueue", "https://a.example/"], FakeConnection([answer]), Written())
        #expect(failure?.reason == .tryAgain)
        #expect(failure?.message.hasSuffix("5 new, 2 known, 0 rejected; sending all again is safe") == true)
    }

    @Test func listFollowsPages() throws {
        let record = try ControlJSON.encode(
            URLRecord(url: "https://a.example/", origin: "https://a.example", state: "done"))
        let line = String(decoding: record, as: UTF8.self) + "\n"
        let connection = FakeConnection([.init(200, line, next: "c 1"), .init(200, line)])
        let written = Written()
        #expect(try run(["list", "--state", "done"], connection, written) == nil)
        #expect(
            connection.targets == [
                "GET /v1/urls?state=done&limit=1000", "GET /v1/urls?state=done&limit=1000&after=c%201",
            ])
        #expect(written.out.split(separator: "\n").count == 3)
        #expect(written.out.hasPrefix("STATE          DUE        LAST        OUTCOME         URL\ndone "))
    }

    @Test func jsonIsExactlyTheAnswer() throws {
        let body = #"{"paused":true,"later":[1,2]}"#
        let written = Written()
        #expect(try run(["resume"], FakeConnection([.init(200, body)]), written, json: true) == nil)
        #expect(written.out == body + "\n")
    }

    static let explanation = {
        var attempt = AttemptRecord(at: Timestamp.text(1_767_323_040_000), outcome: "unknownOriginError")
        (attempt.status, attempt.cfRay, attempt.remoteIP) = (520, "0123456789abcdef-FRA", "192.0.2.7")
        (attempt.cfCode, attempt.errorName, attempt.errorCategory) = (520, "origin_error", "origin")
        (attempt.retryable, attempt.retryAfter) = (true, 120)
        let reasons = [
            Explanation.Reason(
                rule: "origin-broken", detail: "520 since noon", until: Timestamp.text(1_767_326_645_000)),
            Explanation.Reason(rule: "paused", detail: "by an operator; crawlctl resume goes on"),
        ]
        return Explanation(
            url: "https://a.example/", state: "held", nextAttemptAt: nil, because: reasons, incident: "01INCIDENT",
            ledger: LedgerRecord(scope: "origin", spent: 1_019, wasted: nil, saved: 86_400), history: [attempt])
    }()

    @Test func explainShowsReasonsIncidentAndRequests() throws {
        let body = String(decoding: try ControlJSON.encode(Self.explanation), as: UTF8.self)
        let connection = FakeConnection([.init(200, body)])
        let written = Written()
        #expect(try run(["explain", "https://a.example/?b"], connection, written) == nil)
        #expect(connection.targets == ["GET /v1/explain?url=https%3A%2F%2Fa.example%2F%3Fb"])
        #expect(
            written.out == """
                url           https://a.example/
                state         held
                next attempt  -
                because       origin-broken: 520 since noon, until 2026-01-02T04:04:05.000Z (in 1 h)
                because       paused: by an operator; crawlctl resume goes on
                incident      01INCIDENT
                requests      1,019 in all, unknown met a failure, 86,400 saved, of the whole origin
                attempt       2026-01-02T03:04:00.000Z (5 s ago), unknownOriginError 520, cf-ray 0123456789abcdef-FRA, Cloudflare 520 origin_error (origin, retryable), asks for 2m, from 192.0.2.7

                """)
    }

    @Test func explainOfAFineURL() throws {
        var fine = Self.explanation
        (fine.because, fine.history, fine.incident, fine.ledger) = ([], [], nil, LedgerRecord(scope: "url"))
        (fine.state, fine.nextAttemptAt) = ("scheduled", Timestamp.text(1_767_323_045_000))
        let body = String(decoding: try ControlJSON.encode(fine), as: UTF8.self)
        let written = Written()
        #expect(try run(["explain", "https://a.example/"], FakeConnection([.init(200, body)]), written) == nil)
        #expect(
            written.out == """
                url           https://a.example/
                state         scheduled
                next attempt  2026-01-02T03:04:05.000Z (now)
                because       it is due, and its turn comes
                requests      0 in all, 0 met a failure, 0 saved

                """)
    }

    @Test func explainAsJSONIsTheAnswer() throws {
        let body = String(decoding: try ControlJSON.encode(Self.explanation), as: UTF8.self)
        let written = Written()
        let connection = FakeConnection([.init(200, body)])
        #expect(try run(["explain", "https://a.example/"], connection, written, json: true) == nil)
        #expect(written.out == body + "\n")
        #expect(written.out.contains(#""ledger":{"saved":86400,"scope":"origin","spent":1019,"wasted":null}"#))
    }

    @Test(arguments: [false, true])
    func explainOfAnUnknownURLIs66(json: Bool) throws {
        let answer = APIAnswer(
            404,
            #"{"type":"about:blank","title":"t","status":404,"code":"not-found","detail":"this URL is not known","hint":"enqueue it"}"#
        )
        let written = Written()
        let failure = try run(["explain", "https://a.example/"], FakeConnection([answer]), written, json: json)
        #expect(failure?.message == "not-found: this URL is not known (enqueue it)")
        #expect(failure?.reason.rawValue == 66)
        #expect(failure?.json == answer.body)
        #expect(written.out.isEmpty)
    }

    @Test func reviveAndRemoveTakeOneFilter() throws {
        let connection = FakeConnection([
            .init(200, #"{"affected":2,"broken":2,"freed":7,"incidents":null}"#), .init(200, #"{"affected":1}"#),
        ])
        let written = Written()
        #expect(try run(["revive", "--origin", "https://a.example"], connection, written) == nil)
        #expect(try run(["remove", "https://a.example/"], connection, written) == nil)
        #expect(
            connection.targets == [
                "POST /v1/urls/revive?origin=https%3A%2F%2Fa.example",
                "DELETE /v1/urls?url=https%3A%2F%2Fa.example%2F",
            ])
        #expect(written.out == "revived https://a.example: 7 URLs go free\nremoved 1 URL\n")
    }

    @Test(arguments: [
        [], ["enqueue"], ["enqueue", "a", "-f", "b"], ["enqueue", "a", "--priority", "101"],
        ["enqueue", "a", "--recrawl", "often"], ["enqueue", "a", "--recrawl", "adaptive 0s"],
        ["enqueue", "a", "--due", "later"], ["enqueue", "a\nb"],
        ["enqueue", "--sitemap", "a", "-f", "b"], ["enqueue", "--sitemap", "a\nb"],
        ["revive"], ["explain"], ["explain", "a", "b"], ["remove", "a", "--origin", "b"], ["list", "--state", "lost"],
        ["show"], ["fetch"],
        ["status", "--colour"],
    ])
    func wrongUsageIs64(arguments: [String]) {
        do {
            var command = try Crawlctl.parseAsRoot(arguments)
            if !(command is any Verb) { try command.run() }
            #expect(arguments.isEmpty, "should be refused")
        } catch {
            #expect(Crawlctl.exitCode(for: error).rawValue == (arguments.isEmpty ? 0 : 64))
        }
    }

    @Test(arguments: [
        ["--socket", "/a", "--json", "status"], ["status", "--socket", "/a", "--json"],
        ["--socket", "/a", "status", "--json"], ["--json", "list", "--state", "done", "--socket=/a"],
        ["enqueue", "--socket", "/a", "-f", "-", "--json"],
    ])
    func optionsStandBeforeOrBehindTheVerb(arguments: [String]) throws {
        let verb = try #require(try Crawlctl.parseAsRoot(arguments) as? any Verb)
        #expect(verb.socketPath == "/a")
        #expect(verb.wantsJSON)
    }

    @Test func noDaemonIs69AndSaysWhatToDo() {
        #expect {
            let waiting = Waiting(path: "", timeout: nil, writes: false, clock: { 0 }, say: { _ in })
            try SocketProbe.check("/nonexistent/control.sock", waiting)
        } throws: { error in
            guard let failure = error as? CtlFailure else { return false }
            return failure.reason == .unavailable
                && failure.message.hasPrefix(
                    "no daemon at /nonexistent/control.sock: No such file or directory\nstart it")
        }
    }
}
