package import CrawlCore
import GRDB

/// What asking for a URL that fails has cost, and what not asking has saved: of the open incident that it belongs to, or,
/// without one, of its present streak of failures, or, if it does not fail, since it was enqueued. Nothing is kept for this
/// alone: a figure that what is kept does not give exactly is nil. The totals of all URLs are in `StoredLedger`.
package struct URLLedger: Sendable, Hashable {
    /// Whose figures these are: the URL's own, or those of an incident that it shares.
    package var scope = AlertFacts.Scope.url
    /// Requests so far; one that HTTP/2 failed and that was repeated over HTTP/1.1 is two.
    package var spent: Int64? = 0
    /// Those of them that met a failure.
    package var wasted: Int64? = 0
    /// What the mark has saved, as `StoredLedger` counts it. nil also while the URL is held without a mark: nobody counts then.
    package var saved: Int64? = 0

    private init() {}
}

extension URLLedger {
    /// Of a URL without an incident.
    init(streakOf url: StoredURL, _ db: Database) throws {
        self.init()
        if url.hold != nil || url.state == .held { saved = nil }
        guard let health = url.health, !health.isIdle else {
            // With a good answer all goes that is kept of the failures before it, but for the number of requests.
            spent = Int64(url.attempts)
            if url.attempts == 1, let last = url.lastOutcome {
                wasted = last.isFailure ? 1 : 0
            } else if url.attempts > 1 {
                wasted = nil
            }
            return
        }
        let kept = try KeptAttempts(db, of: url.id)
        // What it was asked for its origin's sake stands among the attempts only.
        spent = max(Int64(health.requests), kept.count)
        wasted =
            kept.isWhole
            ? min(kept.failed, spent ?? 0) : health.run.flatMap { $0.observations == health.requests ? spent : nil }
    }

    /// Of an incident, its facts as they are now; `saved` nil = nobody counts it.
    fileprivate init(_ facts: AlertFacts, saved: Int64?, _ kept: KeptAttempts?) {
        self.init()
        scope = facts.scope
        spent = Int64(facts.requestsSpent)
        self.saved = saved.map { Int64(facts.requestsSaved) + $0 }
        if facts.observations == facts.requestsSpent {
            wasted = spent  // only failures are observations
        } else if let kept, kept.isWhole, facts.requestsBefore == 0 {
            wasted = min(kept.failed, Int64(facts.requestsSpent))
        } else {
            wasted = nil
        }
    }
}

extension IncidentStore {
    /// `url` belongs to the incident, with others or alone.
    func ledger(of incident: ULID, url: StoredURL, now: Instant) throws -> URLLedger {
        guard var open = try load(incident.description, isOpen: true) else {
            return try URLLedger(streakOf: url, db)
        }
        try refresh(&open.facts, open.number)
        let kept: KeptAttempts? =
            switch open.facts.scope {
            case .url: try KeptAttempts(db, of: url.id)
            case .partial: try KeptAttempts(db, sharing: incident, of: URLKey.origin(of: url.id))
            case .origin, .edge, .offline, .consumer, .archive: nil
            }
        return URLLedger(open.facts, saved: try LedgerTable(db: db).saved(by: incident.description, at: now), kept)
    }

    /// What URLs that share an incident have cost, those that share it now.
    func spent(sharing incident: ULID, of origin: Int64) throws -> Int {
        let row = try RawStatement(
            db, "SELECT coalesce(sum(h.requests), 0) FROM health h WHERE \(KeptAttempts.sharing)")
        row.bind(incident.description, at: 1)
        row.bind(origin, at: 2)
        defer { row.reset() }
        return try row.step() ? row.count(0) : 0
    }
}

/// The answers of URLs in their present streaks, as far as they are kept.
struct KeptAttempts {
    /// Requests: a look-up that failed is none.
    var count: Int64 = 0
    /// Those that met a failure, look-ups too.
    var failed: Int64 = 0
    /// None is missing: the one that began the streak is kept still.
    var isWhole = false

    /// Of `health h`, with the incident and the origin as parameters.
    static let sharing = """
        h.phase = \(HealthRecord.Phase.partial.rawValue) AND h.id >= ?2 << 40 AND h.id < (?2 + 1) << 40
            AND h.incident IN (SELECT ?1 UNION SELECT mark FROM relapse_mark WHERE incident = ?1)
        """

    /// As the ledger counts them.
    static let failures = Outcome.allCases.filter(\.isFailure)
        .map { String($0.rawValue) }.joined(separator: ", ")

    /// Of `attempt a`: the name gave no address, and nobody was asked (libcurl's code 6). A damaged row is a request.
    static let isLookUp = "a.ev_curl_code IS 6"

    private static func sql(_ urls: String) -> String {
        """
        SELECT coalesce(sum(n), 0), coalesce(sum(failed), 0), coalesce(min(is_whole), 0) FROM (
            SELECT coalesce(sum(a.at IS NOT NULL AND NOT \(isLookUp)), 0) AS n, sum(a.answer / 1000 IN (\(failures))) AS failed,
                coalesce(min(a.at) = h.streak_since, 0) AS is_whole
            FROM health h LEFT JOIN attempt a ON a.id = h.id AND a.at >= h.streak_since
            WHERE \(urls) GROUP BY h.id)
        """
    }

    private static let ofOne = sql("h.id = ?1")
    private static let ofSharing = sql(sharing)

    init(_ db: Database, of url: Int64) throws {
        let row = try RawStatement(db, Self.ofOne)
        row.bind(url, at: 1)
        try read(row)
    }

    init(_ db: Database, sharing incident: ULID, of origin: Int64) throws {
        let row = try RawStatement(db, Self.ofSharing)
        row.bind(incident.description, at: 1)
        row.bind(origin, at: 2)
        try read(row)
    }

    private mutating func read(_ row: RawStatement) throws {
        defer { row.reset() }
        guard try row.step() else { return }
        count = row.int(0)
        failed = row.int(1)
        isWhole = row.int(2) != 0
    }
}

extension Outcome {
    /// As the ledger counts it.
    fileprivate var isFailure: Bool { [.failing, .wavering].contains(kind()) }
}
