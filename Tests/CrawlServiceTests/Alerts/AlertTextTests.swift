import ControlAPI
import CrawlCore
import Foundation
import Logging
import Testing

@testable import CrawlFrontier
@testable import CrawlService

/// What people and programs read of an alert: the report, the line, the journal's fields and its catalog.
@Suite struct AlertTextTests {
    static func facts(
        _ event: AlertFacts.Event = .brokenOrigin, _ scope: AlertFacts.Scope = .url,
        edit: (inout AlertFacts) -> Void = { _ in }
    ) -> AlertFacts {
        let isAboutUs = [.edge, .offline, .consumer].contains(scope)
        var facts = AlertFacts(
            event: event, incident: "01KDVX3Q4W2T9YB1N7E8Z0ABCD", scope: scope,
            cause: isAboutUs ? scope.rawValue : "520",
            url: scope == .url ? "https://shop.example/a" : nil, origin: isAboutUs ? nil : "https://shop.example",
            firstAtMs: 1_767_225_600_000, lastAtMs: 1_767_229_200_000, observations: 10, requestsSpent: 18)
        facts.how = event == .resolved ? .recovered : nil
        edit(&facts)
        return facts
    }

    /// Every event with a scope it comes with.
    static let all: [AlertFacts] = [
        facts(), facts(.brokenOrigin, .origin), facts(.brokenOrigin, .partial), facts(.softBlocked),
        facts(.edgeIncident, .edge), facts(.offline, .offline), facts(.reminder, .origin), facts(.reminder, .edge),
        facts(.resolved), facts(.resolved, .offline), facts(.resultsLag, .consumer) { $0.consumer = "indexer" },
    ]

    static func alert(_ facts: AlertFacts) -> StoredAlert {
        StoredAlert(seq: 1, id: "01KDVX3Q4W2T9YB1N7E8Z0AAAA", at: Instant(ms: 1_767_229_200_000), facts: facts)
    }

    static func record(_ facts: AlertFacts) -> LogRecord {
        LogRecord(
            ms: 0, level: .warning, message: facts.event.rawValue,
            metadata: LogAlertSink.metadata(facts, at: Instant(ms: facts.lastAtMs)))
    }

    // MARK: Report

    @Test("the edge's own words stand in the report; a code that is not the status is not called a status")
    func edgesWords() throws {
        func report(_ cause: String, _ edit: (inout Evidence) -> Void) throws -> String {
            let facts = Self.facts {
                var evidence = Evidence()
                edit(&evidence)
                $0.cause = cause
                $0.evidence = evidence
            }
            return try #require(SiteReport(facts)).text
        }
        let plain = try report("522") {
            $0.status = 522
            $0.cfCode = 522
            $0.errorName = "connection_timeout"
            $0.errorCategory = "origin"
            $0.retryable = true
        }
        #expect(plain.contains("Code:          HTTP status 522: connecting"))
        #expect(plain.contains("Cloudflare:    connection_timeout, fault: origin, may pass by itself\n"))
        let hidden = try report("530") {
            $0.status = 409
            $0.cfCode = 1016
        }
        #expect(
            hidden.contains("Code:          Cloudflare's code 1016, with HTTP status 409: the origin server's name"))
        #expect(!hidden.contains("Cloudflare:  "))
    }

    @Test("an origin's report says how many URLs and names some, a line each")
    func originReport() throws {
        let facts = Self.facts(.reminder, .origin) {
            $0.urlsAffected = 4_211
            $0.sample = ["https://shop.example/a", "https://shop.example/b"]
            $0.rays = ["8a1b2c3d4e5f6071-FRA"]
            $0.colos = ["FRA"]
        }
        let text = try #require(SiteReport(facts)).text
        #expect(
            text == """
                Our crawler gets no page from your server: from the first to the last time below, every request that
                it made there failed in the same way.

                Site:          https://shop.example
                Code:          seen directly, without an edge; an edge would answer 520: the origin server closed the \
                connection or sent no valid HTTP answer
                First time:    2026-01-01 00:00:00.000 UTC
                Last time:     2026-01-01 01:00:00.000 UTC
                Attempts:      10
                cf-ray:        8a1b2c3d4e5f6071-FRA
                Data centres:  FRA
                URLs:          4211
                Such as:       https://shop.example/a
                               https://shop.example/b

                """)
    }

    @Test("there is a report for whoever can be written to, while there is something to write of", arguments: all)
    func whoGetsAReport(_ facts: AlertFacts) {
        #expect((SiteReport(facts) != nil) == (facts.event != .resolved && facts.origin != nil))
    }

    // MARK: JSON

    @Test("an incident of an edge or of ourselves has null for URL and origin", arguments: all)
    func nulls(_ facts: AlertFacts) throws {
        let text = String(decoding: try AlertMessages.json(Self.alert(facts)), as: UTF8.self)
        let hasOrigin = facts.origin != nil
        #expect(text.contains("\"origin\":null") == !hasOrigin)
        #expect(text.contains("\"url\":null") == (facts.url == nil))
        #expect(text.contains("\"scope\":\"\(facts.scope.rawValue)\""))
        #expect(text.contains("\"previous\":null"))
        #expect(text.contains("\"relapses\":0"))
    }

    @Test("facts that an earlier version stored are read, and facts of today come back as they were", arguments: all)
    func stored(_ facts: AlertFacts) throws {
        let today = try JSONEncoder().encode(facts)
        #expect(try JSONDecoder().decode(AlertFacts.self, from: today) == facts)
        let old = """
            {"event":"broken-origin","incident":"01A","cause":"520","url":"https://a.example/robots.txt",
             "origin":"https://a.example","urlsAffected":7,"firstAtMs":1,"lastAtMs":2,"observations":10,"rays":[],
             "colos":[],"requestsSpent":10}
            """
        let read = try JSONDecoder().decode(AlertFacts.self, from: Data(old.utf8))
        #expect(read.scope == .origin && read.urlsAffected == 7 && read.relapses == 0 && read.previous == nil)
    }

    // MARK: Hostile text

    static let hostile = [
        "\n2026-01-01T00:00:00Z critical all is lost", "\r\nSubject: x", "\u{1b}[2J\u{1b}]0;owned\u{7}", "a b c=d",
        "\" quote \\", "\u{202e}gnp.exe", "\u{2028}line", "\0nul", "\u{9b}31m",
        "x\nMESSAGE_ID=00000000000000000000000000000000",
        String(repeating: "A", count: 100_000),
    ]

    @Test("text from strangers stays on its line and in its field, whatever it holds", arguments: hostile)
    func injection(_ text: String) throws {
        let plain = Self.facts(.reminder, .origin) { $0.fill("x") }
        let facts = Self.facts(.reminder, .origin) { $0.fill(text) }
        let line = LogLine.body(Self.record(facts))
        #expect(!line.unicodeScalars.contains { $0 != " " && LogEscape.isUnsafe($0) })
        #expect(Self.keys(line) == Self.keys(LogLine.body(Self.record(plain))))

        let fields = JournalEntry(Self.record(facts)).fields.map { $0.prefix { $0 != "=" } }
        #expect(fields == JournalEntry(Self.record(plain)).fields.map { $0.prefix { $0 != "=" } })

        func lines(_ facts: AlertFacts) -> [Substring] {
            SiteReport(facts)?.text.split(separator: "\n", omittingEmptySubsequences: false) ?? []
        }
        #expect(lines(facts).count == lines(plain).count && !lines(plain).isEmpty)
        for line in lines(facts) { #expect(!line.unicodeScalars.contains { $0 != " " && LogEscape.isUnsafe($0) }) }

        let json = try AlertMessages.json(Self.alert(facts))
        #expect(!json.contains { $0 < 0x20 })
        #expect(try ControlJSON.decode(AlertMessage.self, from: json).url == text)
    }

    /// Keys outside of quotes.
    private static func keys(_ line: String) -> [String] {
        var bare = ""
        var isQuoted = false
        var isEscaped = false
        for character in line.unicodeScalars {
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if !isQuoted {
                bare.unicodeScalars.append(character)
            }
        }
        return bare.split(separator: " ").compactMap { word in
            word.firstIndex(of: "=").map { String(word[..<$0]) }
        }
    }

    // MARK: Journal

    @Test("every event has an id of its own, and an entry in the catalog that names fields its line has")
    func catalog() throws {
        let ids = AlertFacts.Event.allCases.map(LogAlertSink.messageID)
        #expect(Set(ids).count == ids.count)
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../systemd/crawld.catalog").standardizedFileURL
        let entries = Self.entries(try String(contentsOf: file, encoding: .utf8))
        #expect(Set(entries.keys) == Set(ids))
        for facts in Self.all {
            let entry = try #require(entries[LogAlertSink.messageID(facts.event)])
            #expect(entry.hasPrefix("Subject: ") && entry.contains("\n\n") && entry.contains("What to do:"))
            let fields = Set(JournalEntry(Self.record(facts)).fields.map { String($0.prefix { $0 != "=" }) })
            for name in entry.matches(of: /@([A-Z_]+)@/).map({ String($0.1) }) {
                #expect(fields.contains(name), "\(facts.event) of \(facts.scope) has no \(name)")
            }
        }
    }

    /// By message id.
    private static func entries(_ text: String) -> [String: String] {
        var entries: [String: String] = [:]
        var id: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("-- ") {
                id = String(line.dropFirst(3))
            } else if let id {
                entries[id, default: ""] += line + "\n"
            }
        }
        return entries
    }

    @Test("the line of each event has what tells it from the others")
    func lines() {
        func line(_ facts: AlertFacts) -> String { LogLine.body(Self.record(facts)) }
        let start = "cause=edge incident=01KDVX3Q4W2T9YB1N7E8Z0ABCD first_at=2026-01-01T00:00:00.000Z"
        #expect(
            line(Self.facts(.edgeIncident, .edge) { $0.urlsAffected = 12 })
                == "edge-incident \(start) observations=10 scope=edge urls_affected=12")
        #expect(
            line(
                Self.facts(.resultsLag, .consumer) {
                    $0.consumer = "indexer"
                    $0.cause = "max_rows"
                    $0.urlsAffected = 0
                })
                == "results-lag consumer=indexer cause=max_rows incident=01KDVX3Q4W2T9YB1N7E8Z0ABCD"
                + " first_at=2026-01-01T00:00:00.000Z observations=10 scope=consumer urls_affected=0")
        #expect(
            line(Self.facts(.reminder) { $0.relapses = 2 })
                == "reminder url=https://shop.example/a origin=https://shop.example cause=520"
                + " incident=01KDVX3Q4W2T9YB1N7E8Z0ABCD first_at=2026-01-01T00:00:00.000Z"
                + " last_at=2026-01-01T01:00:00.000Z observations=10 requests_spent=18 relapses=2")
        #expect(
            line(Self.facts { $0.previous = "01KDVX3Q4W2T9YB1N7E8Z0AAAB" }).hasSuffix(
                " previous=01KDVX3Q4W2T9YB1N7E8Z0AAAB"))
    }
}

extension AlertFacts {
    /// Every text of them is `text`.
    fileprivate mutating func fill(_ text: String) {
        url = text
        origin = text
        sample = [text, text]
        grade = text
        rays = [text]
        colos = [text]
        previous = text
        var seen = Evidence()
        seen.remoteIP = text
        seen.httpVersion = text
        evidence = seen
    }
}
