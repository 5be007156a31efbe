package import CrawlCore
import GRDB

/// The last attempts of URLs that fail, with what shows why each was judged so. Bounded: a ring for each such URL, gone
/// with its failures.
struct AttemptTable {
    static let kept = 20

    /// Made once: it is long, and looked up for every failing answer.
    private static let insertion = """
        INSERT OR REPLACE INTO attempt (id, slot, at, answer, \(EvidenceColumns.names))
        SELECT id, attempts % ?2, ?3, ?4, \(EvidenceColumns.parameters) FROM url WHERE id = ?1
        """

    let db: Database

    /// Call it when the URL's attempts are counted: their number is the ring's.
    func save(_ verdict: Verdict) throws {
        let row = try RawStatement(db, Self.insertion)
        row.bind(verdict.id, at: 1)
        row.bind(Int64(Self.kept), at: 2)
        row.bind(verdict.at.ms, at: 3)
        row.bind(LastAnswer(verdict.outcome, status: verdict.status).stored, at: 4)
        EvidenceColumns.bind(verdict.evidence, row, at: 5)
        try row.run()
    }

    func delete(_ id: Int64) throws {
        let row = try RawStatement(db, "DELETE FROM attempt WHERE id = ?")
        row.bind(id, at: 1)
        try row.run()
    }

    /// The newest first.
    func load(_ id: Int64) throws -> [StoredAttempt] {
        let rows = try RawStatement(
            db, "SELECT at, answer, \(EvidenceColumns.names) FROM attempt WHERE id = ? ORDER BY at DESC")
        rows.bind(id, at: 1)
        defer { rows.reset() }
        var attempts: [StoredAttempt] = []
        while try rows.step() {
            let answer = LastAnswer(stored: rows.int(1))
            guard let outcome = answer.outcome else { continue }
            attempts.append(
                StoredAttempt(
                    at: Instant(ms: rows.int(0)), outcome: outcome, status: answer.status,
                    evidence: EvidenceColumns.read(rows, at: 2)))
        }
        return attempts
    }
}

/// One attempt of a URL that fails.
package struct StoredAttempt: Sendable {
    package var at: Instant
    package var outcome: Outcome
    /// 0 = no HTTP answer.
    package var status: Int
    package var evidence: Evidence?
}
