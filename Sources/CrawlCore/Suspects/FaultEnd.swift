/// An end of the daemon by a fault of its own: a signal that nobody sent.
package struct FaultEnd: Sendable, Hashable {
    package var at: Instant
    /// What was in flight: numbers of URLs, and tickets of robots.txts. What can be neither is left out.
    package var tickets: Set<Int64>

    package init(at: Instant, tickets: some Sequence<Int64>) {
        self.at = at
        self.tickets = Set(tickets.lazy.filter { $0 != 0 && (1...URLKey.maxOrigin).contains(URLKey.origin(of: $0)) })
    }
}

/// A ticket that was in flight when the daemon ended by a fault of its own.
package struct SuspectRow: Sendable, Hashable {
    package var ticket: Int64
    /// The last of those ends.
    package var lastEndAt: Instant
    /// How many there were; one that came too late after the one before begins anew.
    package var ends = 1
    /// How often it was put back.
    package var level = 0
    /// It is not asked before; nil = it never was put back.
    package var putBackUntil: Instant?

    package init(ticket: Int64, lastEndAt: Instant) {
        self.ticket = ticket
        self.lastEndAt = lastEndAt
    }

    /// It may be what ends the daemon: it is asked with nothing else in flight.
    package var isSuspect: Bool { ends >= 2 }

    /// It is put back at `now`, until then; nil = it is not.
    package func hold(_ now: Instant) -> Instant? { putBackUntil.flatMap { $0 > now ? $0 : nil } }
}
