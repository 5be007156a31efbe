import CrawlCore
import CrawlTesting
import Foundation
import GRDB
import Synchronization
import Testing

@testable import CrawlFrontier

/// What a statement costs does not grow with the frontier: none walks over a table that does. All that stands in the
/// sources is explained, whether a test runs it or not.
struct StatementPlanTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../../../Sources/CrawlFrontier").standardized

    /// They have a row for each URL, origin or message ever seen.
    private static let large: Set = [
        "url", "origin", "health", "refusal", "content", "incident", "alert", "result",
        "archived", "archive_file",
    ]

    /// Statements that walk over one all the same, and why they may.
    private static let allowed: [(sql: String, reason: String)] =
        [
            (
                "SELECT id FROM origin WHERE has_work",
                "a start puts every origin with work into memory: 65 ms for a million, over an index of those alone"
            ),
            (
                "SELECT id FROM url u WHERE state IN (2, 5, 6)"
                    + " AND NOT EXISTS (SELECT 1 FROM health h WHERE h.id = u.id)",
                "before a start, and only if what is kept of such URLs in numbers is not that of the health rows"
            ),
            (
                "SELECT a.id FROM archived a JOIN archive_file f ON f.id = a.file WHERE f.archive = ? AND f.name = ?",
                "before a start, and only if a file of the archive has lost records"
            ),
        ]
        + large.sorted().map {
            (
                "SELECT 1 FROM \"\($0)\" LIMIT 1",
                "before a start: the first row of each table, or its first page is damaged"
            )
        }

    /// What a start looks at, and mends: rows of what is in trouble, and those of held origins up to a limit. `status` too
    /// counts runs of origins in trouble, on a connection that reads.
    private static let looks: Set = [
        "SharedRows.swift", "HoldCheck.swift", "FrontierStore+Repair.swift", "FrontierStats.swift",
    ]

    private static func isLook(_ place: String) -> Bool { looks.contains { place.hasPrefix($0 + ":") } }

    /// What is interpolated into statements.
    private static func values(_ file: String, _ expression: String) -> [String]? {
        switch (file, expression) {
        case ("BlockTable.swift", "columns"): [BlockTable.columns]
        case ("AlertOutbox.swift", "table"): ["delivery", "alert"]
        case ("FrontierStore+Lease.swift", "phase"): ["phase = 3", "phase <> 3"]
        case ("QueueTable.swift", "phase"): ["phase = 3", "phase <> 3"]
        case ("OperatorChange.swift", "table"): URLTables.all
        case ("FrontierStats.swift", "Self.isRun"): [FrontierStore.isRun]
        case ("SharedRows.swift", _): sharedRows[expression].map { [$0] }
        case ("FrontierStore+Records.swift", "Self.columns"): [FrontierStore.columns]
        case ("FrontierStore+Records.swift", "walked.rawValue"): FrontierStore.Walked.allCases.map(\.rawValue)
        case ("FrontierProbe.swift", "quoted"): large.sorted()
        case ("HealthRow.swift", "columns"): [HealthRow.columns]
        case (_, "EvidenceColumns.names"): [EvidenceColumns.names]
        case (_, "EvidenceColumns.parameters"): [EvidenceColumns.parameters]
        case ("SitemapJobs.swift", "StoredSitemapJob.columns"): [StoredSitemapJob.columns]
        case ("SitemapStore.swift", "column"): ["id", "parent"]
        case ("SitemapStore.swift", "change"): ["documents = documents + 1"]
        case ("FrontierStore+Incident.swift", "KeptAttempts.sharing"),
            ("FrontierStore+Operator.swift", "KeptAttempts.sharing"):
            [KeptAttempts.sharing]
        case ("URLLedger.swift", "KeptAttempts.sharing"): [KeptAttempts.sharing]
        case ("URLLedger.swift", "failures"): [KeptAttempts.failures]
        case ("URLLedger.swift", "isLookUp"): [KeptAttempts.isLookUp]
        case ("URLLedger.swift", "urls"): ["h.id = ?1", KeptAttempts.sharing]
        default: nil
        }
    }

    private static let sharedRows = [
        "marked": SharedRows.marked, "softBlocked": SharedRows.softBlocked, "breakers": SharedRows.breakers,
        "markIsOpen": SharedRows.markIsOpen, "softBlockIsOpen": SharedRows.softBlockIsOpen,
        "breakerIsOpen": SharedRows.breakerIsOpen, "guardIsOpen": SharedRows.guardIsOpen,
        "challengeIsOpen": SharedRows.challengeIsOpen, "ofIncident": SharedRows.ofIncident,
        "ofPartial": SharedRows.ofPartial,
    ]

    private static func statements() throws -> [(sql: String, place: String)] {
        try SQLLiterals.all(in: folder).flatMap { literal in
            try literal.statements(values).map { (normal($0), "\(literal.file):\(literal.line)") }
        }
    }

    private static func normal(_ sql: String) -> String {
        sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// The tables that a statement walks over, by their own names.
    private static func walks(_ db: Database, _ sql: String) throws -> [String] {
        let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
        statement.setUncheckedArguments(StatementArguments())
        let details = try Row.fetchAll(statement).map { $0["detail"] as String }
        return details.compactMap { detail in
            guard let name = detail.wholeMatch(of: /SCAN (\w+)( .*)?/)?.1 else { return nil }
            return large.contains(String(name)) ? String(name) : table(of: String(name), sql)
        }.filter(large.contains)
    }

    /// The table that goes by that name in the statement.
    private static func table(of alias: String, _ sql: String) -> String? {
        let words = sql.replacing(",", with: " , ").split { $0.isWhitespace || $0 == "(" || $0 == ")" }
        return zip(words, words.dropFirst()).first { $1 == alias && large.contains(String($0)) }.map { String($0.0) }
    }

    @Test("no statement walks over a table that grows, but for the few that may")
    func noScans() throws {
        let folder = try FrontierFolder()
        defer { withExtendedLifetime(folder) {} }
        let store = try folder.openKeyed()
        let statements = try Self.statements()
        #expect(statements.count > 150, "the sources were not read: \(Self.folder.path)")
        var allowed = Set(Self.allowed.map(\.sql))
        try store.writer.read { db in
            for (sql, place) in statements {
                let walks = try Self.walks(db, sql)
                // By the index of the open incidents.
                if Self.isLook(place), Set(walks) == ["incident"] { continue }
                if walks.isEmpty || allowed.remove(sql) != nil || Self.allowed.contains(where: { $0.sql == sql }) {
                    continue
                }
                Issue.record("\(place) walks over \(walks): \(sql)")
            }
        }
        #expect(allowed.isEmpty, "these are gone, or walk no more")
    }

    @Test("no transaction that writes counts what grows")
    func noCounts() throws {
        for (sql, place) in try Self.statements() where sql.contains("count(*)") && !Self.isLook(place) {
            let counted = Self.large.filter { sql.contains("FROM \($0)") }
            let mayCount = counted.isEmpty || Self.allowed.contains { $0.sql == sql }
            #expect(mayCount, "\(place) counts rows of \(counted.sorted()): \(sql)")
        }
    }

    @Test("no statement changes when a URL is due behind the back of what counts that")
    func countsDue() throws {
        let changes = try Self.statements().filter { $0.sql.hasPrefix("UPDATE url SET") && $0.sql.contains("due_at =") }
        #expect(changes.count > 5)
        for (sql, place) in changes where !sql.contains("due_at = crawld_due(due_at, ") {
            Issue.record("\(place): \(sql)")
        }
    }

    @Test(
        "a walk is seen",
        arguments: [
            "SELECT count(*) FROM url", "SELECT 1 FROM health h WHERE h.requests > 3",
            "SELECT * FROM content c JOIN url u USING (id) WHERE u.attempts = 1",
            "DELETE FROM alert WHERE at < 1", "UPDATE incident SET how = 'x' WHERE cause = '520'",
            "INSERT INTO note SELECT id, text FROM refusal", "SELECT id FROM origin WHERE urls > 5",
        ])
    func seen(sql: String) throws {
        let folder = try FrontierFolder()
        defer { withExtendedLifetime(folder) {} }
        let store = try folder.openKeyed()
        let walks = try store.writer.read { try Self.walks($0, sql) }
        #expect(!walks.isEmpty)
    }

    @Test("nothing is run that was not explained")
    func nothingElse() throws {
        let known = Set(try Self.statements().map(\.sql))
        let seen = Mutex<Set<String>>([])
        let folder = try FrontierFolder()
        let store = try folder.openKeyed()
        for queue in [store.writer, store.reader, store.leaseReader] {
            queue.inDatabase { db in
                db.trace { event in
                    if case .statement(let statement) = event {
                        seen.withLock { _ = $0.insert(Self.normal(statement.sql)) }
                    }
                }
            }
        }
        try HostileRowsTests.fill(store)
        HostileRowsTests.use(store)
        let run = seen.withLock { $0 }.filter { sql in
            !["BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE", "--"].contains { sql.hasPrefix($0) }
        }
        #expect(run.count > 80)
        #expect(run.subtracting(known).sorted() == [])
    }
}
