import CrawlCore
import GRDB

/// Whether rows that URLs share fit together, whatever has happened. It holds after every commit:
///
/// - no URL is held by or marked for an incident that is closed (one within `resolve_hold` may still reopen, and the runs
///   that hold its message back are no marks: they stay);
/// - no incident of a URL, or of several, is open without a URL;
/// - none of an origin without the breaker's or the robots.txt's row, none of a guard without its guard, nor of a consumer without it;
/// - what is counted of them is their number.
///
/// Each look goes over rows of what is in trouble, by their indexes; none goes over all URLs unless there are more of them
/// in such a state than health rows.
struct SharedRows {
    let db: Database

    // Of `health h`, `breaker b`, `partial p`, `guard_period g` and `challenge c`: the incident by the name that it has now,
    // and whether that is open; and the rows of the origin that `incident o` or `partial p` is about.
    static let marked = current("h.incident")
    static let softBlocked = current(SoftBlockText.incident)
    static let breakers = current("b.incident")
    static let markIsOpen = isOpen(marked)
    static let softBlockIsOpen = isOpen(softBlocked)
    static let breakerIsOpen = isOpen(breakers)
    static let guardIsOpen = isOpen("g.incident")
    static let challengeIsOpen = isOpen("c.incident")
    static let ofIncident = rows(of: "~o.url_id")
    static let ofPartial = rows(of: "p.origin")

    private static func current(_ mark: String) -> String {
        "coalesce((SELECT r.incident FROM relapse_mark r WHERE r.mark = \(mark)), \(mark))"
    }

    private static func isOpen(_ incident: String) -> String {
        "EXISTS (SELECT 1 FROM incident i WHERE i.id = \(incident) AND i.closed_at IS NULL)"
    }

    private static func rows(of origin: String) -> String {
        "h.id >= \(origin) << 40 AND h.id < (\(origin) + 1) << 40"
    }

    /// In the order in which they are to be mended: what ends an incident comes before what looks for its rows.
    private static let looks: [(SharedFault.Kind, sql: String)] = [
        (
            .markedForClosed,
            """
            SELECT h.id, h.id FROM health h WHERE h.phase = 3 AND NOT \(markIsOpen)
            UNION ALL SELECT h.id, h.id FROM health h WHERE h.phase = 5 AND NOT (\(markIsOpen)
                AND EXISTS (SELECT 1 FROM partial p WHERE p.incident = h.incident AND p.origin = h.id >> 40))
            UNION ALL SELECT h.id, h.id FROM health h WHERE h.phase = 6 AND NOT \(softBlockIsOpen)
            """
        ),
        (
            .breakerWithoutIncident,
            """
            SELECT origin, origin FROM breaker b WHERE phase <> 0 AND (
                phase <> 1 AND NOT \(breakerIsOpen)
                OR NOT EXISTS (SELECT 1 FROM health h WHERE h.id = b.canary))
            """
        ),
        (
            .holdWithoutBreaker,
            """
            SELECT h.origin, h.origin FROM hold h LEFT JOIN breaker b USING (origin)
                WHERE h.reasons & 28 <> 0 AND h.reasons & 28 <> CASE coalesce(b.phase, 0) WHEN 0 THEN 0 WHEN 1 THEN 4 WHEN 2 THEN 8 ELSE 16 END
            UNION ALL SELECT origin, origin FROM breaker b
                WHERE phase <> 0
                    AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.origin = b.origin AND h.reasons & 28 <> 0)
            """
        ),
        (
            .incidentWithoutURL,
            """
            SELECT o.id, NULL FROM incident o WHERE o.closed_at IS NULL AND o.scope = 'url' AND NOT EXISTS (
                SELECT 1 FROM health h WHERE h.id = o.url_id AND (\(marked) = o.id OR \(softBlocked) = o.id))
            """
        ),
        (
            .partialWithoutURL,
            """
            SELECT o.id, NULL FROM incident o WHERE o.closed_at IS NULL AND o.scope = 'partial' AND NOT EXISTS (
                SELECT 1 FROM health h WHERE h.phase = 5 AND \(ofIncident) AND \(marked) = o.id)
            """
        ),
        (
            .originWithoutHolder,
            """
            SELECT o.id, NULL FROM incident o WHERE o.closed_at IS NULL AND o.scope = 'origin'
                AND NOT EXISTS (SELECT 1 FROM breaker b WHERE b.origin = ~o.url_id AND b.phase <> 0 AND \(breakers) = o.id)
                AND NOT EXISTS (SELECT 1 FROM health h WHERE h.id = o.url_id AND \(marked) = o.id)
                AND NOT EXISTS (SELECT 1 FROM health h WHERE \(ofIncident) AND \(softBlocked) = o.id)
            """
        ),
        (
            .guardIncidentWithoutGuard,
            """
            SELECT o.id, NULL FROM incident o WHERE o.closed_at IS NULL AND o.scope IN ('edge', 'offline')
                AND NOT EXISTS (SELECT 1 FROM guard_period g WHERE g.incident = o.id AND g.ended_at IS NULL)
                AND NOT EXISTS (SELECT 1 FROM challenge c JOIN challenged d USING (edge) WHERE c.incident = o.id)
            UNION ALL SELECT o.id, NULL FROM incident o WHERE o.closed_at IS NULL AND o.scope = 'consumer'
                AND NOT EXISTS (SELECT 1 FROM result_consumer c WHERE c.incident = o.id)
            """
        ),
        (
            .guardWithoutIncident,
            """
            SELECT g.incident, g.subject FROM guard_period g WHERE g.ended_at IS NULL AND NOT \(guardIsOpen)
            UNION ALL SELECT c.incident, -c.edge FROM challenge c WHERE NOT \(challengeIsOpen)
            """
        ),
        (
            .miscounted,
            """
            SELECT p.incident, p.origin FROM partial p WHERE p.urls <> (
                SELECT count(*) FROM health h WHERE h.phase = 5 AND \(ofPartial) AND h.incident = p.incident)
            UNION ALL SELECT c.incident, -c.edge FROM challenge c
                WHERE c.origins <> (SELECT count(*) FROM challenged d WHERE d.edge = c.edge)
            """
        ),
    ]

    func faults(_ kinds: [SharedFault.Kind] = SharedFault.Kind.allCases) throws -> [SharedFault] {
        var found: [SharedFault] = []
        if kinds.contains(.stateWithoutHealth), try hasOtherStates() {
            found += try orphans().map { SharedFault(kind: .stateWithoutHealth, subject: "\($0)", number: $0) }
        }
        for (kind, sql) in Self.looks where kinds.contains(kind) {
            let rows = try RawStatement(db, sql)
            while try rows.step() {
                found.append(SharedFault(kind: kind, subject: rows.text(0), number: rows.optionalInt(1)))
            }
            rows.reset()
        }
        return found
    }

    /// The states that only a health row ends, each with the phases that such rows are in.
    private static let states: [(state: URLState, phases: [HealthRecord.Phase])] = [
        (.held, [.waiting, .partial]), (.brokenOrigin, [.broken]), (.softBlocked, [.softBlocked]),
    ]

    /// What is kept of URLs in numbers differs from the health rows: some of these states may have none.
    private func hasOtherStates() throws -> Bool {
        let kept = try RawStatement(db, "SELECT coalesce((SELECT urls FROM tally WHERE state = ?), 0)")
        let rows = try RawStatement(db, "SELECT count(*) FROM health WHERE phase = ? AND id >= 0")
        defer {
            kept.reset()
            rows.reset()
        }
        for (state, phases) in Self.states {
            kept.reset()
            kept.bind(Int64(state.rawValue), at: 1)
            var left = try kept.step() ? kept.int(0) : 0
            for phase in phases {
                rows.reset()
                rows.bind(Int64(phase.rawValue), at: 1)
                if try rows.step() { left -= rows.int(0) }
            }
            if left != 0 { return true }
        }
        return false
    }

    private func orphans() throws -> [Int64] {
        let rows = try RawStatement(
            db,
            """
            SELECT id FROM url u WHERE state IN (2, 5, 6) AND NOT EXISTS (SELECT 1 FROM health h WHERE h.id = u.id)
            """)
        defer { rows.reset() }
        var found: [Int64] = []
        while try rows.step() { found.append(rows.int(0)) }
        return found
    }
}
