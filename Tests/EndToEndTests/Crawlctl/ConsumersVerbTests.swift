import ArgumentParser
import ControlAPI
import Testing

@testable import crawlctl

/// Readers of the feed, for people and for scripts.
@Suite struct ConsumersVerbTests {
    private static let now: Int64 = 1_767_323_045_000

    private func run(
        _ arguments: [String], _ connection: FakeConnection, _ written: Written = Written()
    ) throws -> CtlFailure? {
        let verb = try #require(try Crawlctl.parseAsRoot(arguments) as? any Verb)
        let session = Session(
            connection: connection, json: verb.wantsJSON, terminal: written.terminal(), now: Self.now)
        do {
            try verb.run(in: session)
            return nil
        } catch let failure as CtlFailure {
            return failure
        }
    }

    private static func text(_ value: some Encodable) throws -> String {
        String(decoding: try ControlJSON.encode(value), as: UTF8.self)
    }

    private static func record(_ name: String, _ cursor: Int64, _ behind: Int64) -> ConsumerRecord {
        ConsumerRecord(name: name, cursor: cursor, behind: behind, madeAt: Timestamp.text(now - 7_200_000))
    }

    private static func status() throws -> APIAnswer {
        var report = StatusReport(version: "1")
        report.results = ResultsReport(
            rows: 90, bytes: 9000, begins: 10, head: 100, consumers: [record("indexer", 95, 5), record("old", 4, 96)])
        return APIAnswer(200, try text(report))
    }

    @Test("a table says how far each is, and what it has lost")
    func table() throws {
        let written = Written()
        let connection = FakeConnection([try Self.status()])
        #expect(try run(["consumers"], connection, written) == nil)
        #expect(connection.targets == ["GET /v1/status"])
        let lines = written.out.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines[0] == ["NAME", "CURSOR", "BEHIND", "GONE", "MADE"])
        #expect(lines[1].prefix(4) == ["indexer", "95", "5", "0"])
        #expect(lines[2].prefix(4) == ["old", "4", "96", "6"])
    }

    @Test("one of them, or that there is none of the name")
    func one() throws {
        let written = Written()
        #expect(try run(["consumers", "old", "--json"], FakeConnection([try Self.status()]), written) == nil)
        #expect(written.out == (try Self.text(Self.record("old", 4, 96)) + "\n"))
        let failure = try #require(try run(["consumers", "nobody"], FakeConnection([try Self.status()])))
        #expect(failure.reason == .notFound)
        let off = try #require(
            try run(["consumers"], FakeConnection([APIAnswer(200, try Self.text(StatusReport(version: "1")))])))
        #expect(off.reason == .notFound && off.message.hasPrefix("results-off"))
    }

    @Test("what changes one is asked of the API")
    func changes() throws {
        let answer = APIAnswer(200, try Self.text(Self.record("a", 12, 1)))
        let connection = FakeConnection([answer, answer, answer, APIAnswer(200, #"{"affected":1}"#)])
        let written = Written()
        for arguments in [
            ["a", "--create"], ["a", "--create", "--after", "12"], ["a", "--ack", "12"], ["a", "--delete"],
        ] {
            #expect(try run(["consumers"] + arguments, connection, written) == nil)
        }
        #expect(
            connection.targets == [
                "PUT /v1/results/consumers/a", "PUT /v1/results/consumers/a?after=12",
                "POST /v1/results/ack?consumer=a&seq=12", "DELETE /v1/results/consumers/a",
            ])
        #expect(written.out.contains("cursor") && written.out.hasSuffix("removed a\n"))
    }

    @Test(arguments: [
        ["--create"], ["--ack", "3"], ["a", "--create", "--delete"], ["a", "--after", "3"], ["a", "--ack=-1"],
        ["a/b", "--delete"],
    ])
    func usage(arguments: [String]) {
        #expect(throws: (any Error).self) { try Crawlctl.parseAsRoot(["consumers"] + arguments) }
    }
}
