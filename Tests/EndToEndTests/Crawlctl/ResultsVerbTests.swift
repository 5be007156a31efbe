import ArgumentParser
import ControlAPI
import Testing

@testable import crawlctl

/// The feed for people, and for scripts.
@Suite struct ResultsVerbTests {
    private static let now: Int64 = 1_767_323_045_000
    private static let seq: Int64 = 3 << 40

    private func run(
        _ arguments: [String], _ connection: FakeConnection, _ written: Written, width: Int? = nil
    ) throws -> CtlFailure? {
        let verb = try #require(try Crawlctl.parseAsRoot(arguments) as? any Verb)
        let session = Session(
            connection: connection, json: verb.wantsJSON, terminal: written.terminal(width: width), now: Self.now)
        do {
            try verb.run(in: session)
            return nil
        } catch let failure as CtlFailure {
            return failure
        }
    }

    private static let page = {
        var record = ResultRecord(
            seq: seq + 1, url: "https://a.example/page", at: Timestamp.text(now), outcome: "success", bytes: 1536)
        (record.status, record.changed) = (200, true)
        return record
    }()

    private static let failure = ResultRecord(
        seq: seq + 2, url: "https://b.example/", at: Timestamp.text(now), outcome: "connectTimeout")

    private static func lines(_ records: [ResultRecord]) throws -> String {
        try records.map { String(decoding: try ControlJSON.encode($0), as: UTF8.self) + "\n" }.joined()
    }

    @Test("a table says what came of each")
    func table() throws {
        let connection = FakeConnection([.init(200, try Self.lines([Self.page, Self.failure]))])
        let written = Written()
        #expect(try run(["results"], connection, written) == nil)
        #expect(connection.targets == ["GET /v1/results"])
        #expect(
            written.out
                == """
                             SEQ  AT                        OUTCOME         STATUS  PAGE          SIZE  URL
                   3298534883329  2026-01-02T03:04:05.000Z  success            200  changed    1.5 KiB  https://a.example/page
                   3298534883330  2026-01-02T03:04:05.000Z  connectTimeout       -  -              0 B  https://b.example/

                """)
    }

    @Test("it fits, whatever the width", arguments: [40, 60, 80, 120])
    func fits(width: Int) throws {
        let connection = FakeConnection([.init(200, try Self.lines([Self.page, Self.failure]))])
        let written = Written()
        #expect(try run(["results"], connection, written, width: width) == nil)
        let lines = written.out.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= width }, "\(written.out)")
        #expect(written.out.contains("a.example/page") && written.out.contains("success"))
    }

    @Test("what is asked for is asked of the API")
    func query() throws {
        let connection = FakeConnection([.init(200, "")])
        let written = Written()
        let arguments = [
            "results", "--after", "7", "--limit", "5", "--outcome", "success,gone", "--origin",
            "https://a.example",
        ]
        #expect(try run(arguments, connection, written) == nil)
        #expect(
            connection.targets == [
                "GET /v1/results?after=7&limit=5&outcome=success%2Cgone&origin=https%3A%2F%2Fa.example"
            ])
        #expect(written.out == "" && written.err == "no results\n")
    }

    @Test("from now on: behind the last that there is")
    func new() throws {
        var report = StatusReport(version: "1")
        report.results = ResultsReport(rows: 1, bytes: 1, begins: 8, head: 9, consumers: [])
        let status = String(decoding: try ControlJSON.encode(report), as: UTF8.self)
        let connection = FakeConnection([.init(200, status), .init(200, "")])
        let ended = try run(["results", "--new", "--follow"], connection, Written())
        #expect(ended?.reason == .tryAgain, "it does not end by itself")
        #expect(connection.targets == ["GET /v1/status", "GET /v1/results?follow=true&after=9"])
    }

    @Test("a feed that the daemon ended says how to go on; one that is followed to its limit is done")
    func ended() throws {
        let text = try Self.lines([Self.page, Self.failure])
        let connection = FakeConnection([.init(200, text), .init(200, text)])
        let failure = try #require(try run(["results", "--follow"], connection, Written()))
        #expect(failure.reason == .tryAgain)
        #expect(failure.message.hasSuffix("\n--after \(Self.seq + 2) goes on behind what was shown"))
        #expect(try run(["results", "--follow", "--limit", "2"], connection, Written()) == nil)
    }

    @Test("--json is what the API sent, line by line")
    func json() throws {
        let text = try Self.lines([Self.page, Self.failure])
        let connection = FakeConnection([.init(200, text)])
        let written = Written()
        #expect(try run(["results", "--json", "--consumer", "indexer"], connection, written) == nil)
        #expect(connection.targets == ["GET /v1/results?consumer=indexer"])
        #expect(written.out == text)
    }

    @Test("a refusal says where the feed begins")
    func gone() throws {
        var problem = Problem(
            status: 410, title: "Gone", code: "results-gone", detail: "results after that one are gone",
            hint: "after=12 goes on")
        problem.after = 12
        let connection = FakeConnection([
            .init(410, String(decoding: try ControlJSON.encode(problem), as: UTF8.self))
        ])
        let failure = try #require(try run(["results", "--after", "1"], connection, Written()))
        #expect(failure.reason == .rejected)
        #expect(failure.message == "results-gone: results after that one are gone (after=12 goes on)")
    }

    @Test(arguments: [
        ["results", "--new", "--after", "3"], ["results", "--after", "3", "--consumer", "a"],
        ["results", "--limit", "0"], ["results", "--after=-1"],
    ])
    func usage(arguments: [String]) {
        #expect(throws: (any Error).self) { try Crawlctl.parseAsRoot(arguments) }
    }

    @Test("status says how much there is, and how far each reader is")
    func status() throws {
        var report = StatusReport(version: "1")
        report.results = ResultsReport(
            rows: 90, bytes: 9000, begins: 10, head: 100,
            consumers: [
                ConsumerRecord(name: "indexer", cursor: 95, behind: 5, madeAt: ""),
                ConsumerRecord(name: "old", cursor: 4, behind: 96, madeAt: ""),
            ])
        let rows = StatusVerb.rows(report)
        #expect(rows.contains(["results", "90 kept: crawlctl results"]))
        #expect(rows.contains(["  indexer", "5 behind"]))
        #expect(rows.contains(["  old", "96 behind, 6 of them gone"]))
        #expect(!StatusVerb.rows(StatusReport(version: "1")).contains { $0[0] == "results" })
    }
}
