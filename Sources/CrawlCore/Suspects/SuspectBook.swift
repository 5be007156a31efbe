/// Who may have ended the daemon. An answer that makes us die would make us die again after every restart: it is due, so
/// it is among the first to be asked.
///
///     in flight at one end ──► again within `window` ──► suspect: asked alone ──► alone in flight at an end: put back
///           │ not again                                       │ a good answer              │ 1 h, 2 h, 4 h … 24 h
///           └──► forgotten                                    └──► forgotten               └──► asked alone again
///
/// With hundreds in flight two ends make hundreds of suspects, nearly all of them innocent: being asked alone clears
/// them, and only what was alone is found guilty.
package struct SuspectBook: Sendable {
    /// Between two ends that count together.
    package static let window = Duration.seconds(600)
    package static let firstWait = Duration.seconds(3600)
    package static let longestWait = Duration.seconds(24 * 3600)
    /// A suspect that has had no good answer is forgotten so long after its last end, or after what put it back.
    package static let memory = Duration.seconds(30 * 24 * 3600)

    package private(set) var rows: [Int64: SuspectRow]

    package init(_ rows: [SuspectRow] = []) {
        self.rows = Dictionary(rows.map { ($0.ticket, $0) }) { $0.lastEndAt > $1.lastEndAt ? $0 : $1 }
    }

    /// What an end has shown.
    package struct News: Sendable, Hashable {
        /// Suspects from now on, by ticket.
        package var suspects: [Int64] = []
        package var putBack: SuspectRow?
    }

    /// An end that is noted twice counts once: the same moment is the same end.
    package mutating func note(_ end: FaultEnd) -> News {
        var news = News()
        for ticket in end.tickets.sorted() {
            guard var row = rows[ticket] else {
                rows[ticket] = SuspectRow(ticket: ticket, lastEndAt: end.at)
                continue
            }
            guard row.lastEndAt != end.at else { continue }
            if row.isSuspect {
                row.ends += 1
                if end.tickets.count == 1 {
                    row.level += 1
                    row.putBackUntil =
                        end.at
                        + Backoff.doubling(from: Self.firstWait, step: row.level - 1, limit: Self.longestWait)
                    news.putBack = row
                }
            } else if Self.isWithin(Self.window, row.lastEndAt, end.at) {
                row.ends += 1
                news.suspects.append(ticket)
            } else {
                row.ends = 1
            }
            row.lastEndAt = end.at
            rows[ticket] = row
        }
        return news
    }

    /// What no later end can make anything of, and suspects nobody has heard of for long. Returns whether there were any.
    package mutating func forget(now: Instant) -> Bool {
        let count = rows.count
        rows = rows.filter { _, row in
            guard row.isSuspect else { return Self.isWithin(Self.window, row.lastEndAt, now) }
            return now - max(row.lastEndAt, row.putBackUntil ?? row.lastEndAt) <= Self.memory
        }
        return rows.count < count
    }

    /// Of what an edited row or a clock that was set back may have put far ahead, at most what can be meant.
    package mutating func bound(now: Instant) {
        for (ticket, row) in rows {
            var bounded = row
            bounded.ends = min(max(row.ends, 1), 1 << 20)
            bounded.level = min(max(row.level, 0), 1 << 10)
            bounded.lastEndAt = min(row.lastEndAt, now)
            bounded.putBackUntil = row.putBackUntil.map { min($0, now + Self.longestWait) }
            rows[ticket] = bounded
        }
    }

    private static func isWithin(_ window: Duration, _ a: Instant, _ b: Instant) -> Bool {
        max(a, b) - min(a, b) <= window
    }
}
