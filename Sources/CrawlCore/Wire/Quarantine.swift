/// Origins that cost a worker more than their share, and are asked apart from all others, by a worker for such.
///
/// | an answer that | is asked | until |
/// |---|---|---|
/// | stalled in libcurl | apart, over HTTP/1.1, one request at a time | its URL's streak ends; without one, 10 min later |
/// | brought far more than it was | the same | the same |
/// | took more than its turns, or is whole although its connection did one of these | apart | the same |
///
/// An origin changes its worker when none of its requests is in flight, so that at every moment one worker has them all.
/// Only this process knows of it.
package struct Quarantine: Sendable {
    package enum Reason: String, Sendable, Hashable {
        case stalledInParser = "stalled-in-parser"
        case overhead
        case overdrew

        /// nil = nothing is wrong with the answer.
        init?(_ flags: FetchResult.Flags) {
            if flags.contains(.stalledInParser) {
                self = .stalledInParser
            } else if flags.contains(.overhead) {
                self = .overhead
            } else if flags.contains(.overdrew) {
                self = .overdrew
            } else {
                return nil
            }
        }

        /// It is asked over HTTP/1.1, one request at a time.
        var slows: Bool { self != .overdrew }

        fileprivate func orGraver(_ other: Reason?) -> Reason {
            guard let other, self != .stalledInParser else { return self }
            return other.slows ? other : self
        }
    }

    /// For people.
    package struct Stay: Sendable, Hashable {
        package var reason: Reason
        package var since: Instant
        /// nil = until the streak of failures ends.
        package var until: Instant?
    }

    private struct Streak {
        /// The gravest.
        var reason: Reason
        /// Last.
        var answeredAt: Instant

        func counts(_ now: Instant) -> Bool { now < answeredAt + Quarantine.silence }
    }

    private struct Entry {
        var since: Instant
        /// 10 minutes after the last such answer without a streak; no streak's end changes them.
        var until: [Reason: Instant] = [:]
        /// Of those URLs, and of a robots.txt by its ticket, whose streaks keep it there.
        var streaks: [Int64: Streak] = [:]
        /// Its last request went to the worker apart.
        var isApart = false

        func isKept(_ now: Instant) -> Bool { streaks.values.contains { $0.counts(now) } }
        func isWanted(_ now: Instant) -> Bool { until.values.contains { now < $0 } || isKept(now) }

        /// The gravest that still holds: each ends by itself. nil = the origin is asked as all others are.
        func reason(_ now: Instant) -> Reason? {
            var gravest: Reason?
            for (reason, end) in until where now < end { gravest = reason.orGraver(gravest) }
            for streak in streaks.values where streak.counts(now) { gravest = streak.reason.orGraver(gravest) }
            return gravest
        }

        mutating func hold(_ reason: Reason, until end: Instant) {
            until[reason] = max(until[reason] ?? end, end)
        }
    }

    package static let stay = Duration.seconds(600)
    /// Origins at most; more are asked as all others are, and every other guard holds for them.
    package static let limit = 16_384
    /// A streak without an answer for so long is one that nobody asks for any more: a broken URL is rechecked far sooner.
    package static let silence = Duration.seconds(60 * 86_400)
    /// Streaks of one origin that are counted.
    private static let streakLimit = 16

    private var entries: [Int64: Entry] = [:]

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }

    func count(_ now: Instant) -> Int { entries.values.count { $0.isWanted(now) } }

    func stay(of origin: Int64, _ now: Instant) -> Stay? {
        guard let entry = entries[origin], let reason = entry.reason(now) else { return nil }
        return Stay(
            reason: reason, since: entry.since, until: entry.isKept(now) ? nil : entry.until.values.max())
    }

    /// An answer of the origin. `kind` nil = it is not judged. `isOwn`: to a URL or for a robots.txt of its own.
    /// `isBusy`: an origin has requests in flight.
    mutating func note(
        _ result: FetchResult, of origin: Int64, isOwn: Bool, kind: OutcomeKind?, now: Instant,
        isBusy: (Int64) -> Bool
    ) {
        guard let reason = Reason(result.flags) else { return settle(result.ticket, of: origin, kind, now) }
        if entries[origin] == nil, entries.count >= Self.limit {
            // Those that are still to come back last: their connections at the worker apart end when they do.
            entries = entries.filter { $0.value.isWanted(now) || isBusy($0.key) || $0.value.isApart }
            if entries.count >= Self.limit {
                entries = entries.filter { $0.value.isWanted(now) || isBusy($0.key) }
            }
            guard entries.count < Self.limit else { return }
        }
        var entry = entries[origin] ?? Entry(since: now)
        if !entry.isWanted(now) { entry.since = now }
        // A good answer ends its streak whatever it cost.
        if kind.endsStreak { entry.streaks[result.ticket] = nil }
        let isStreak = isOwn && (kind == .failing || kind == .wavering)
        if isStreak, entry.streaks.count < Self.streakLimit || entry.streaks[result.ticket] != nil {
            let gravest = reason.orGraver(entry.streaks[result.ticket]?.reason)
            entry.streaks[result.ticket] = Streak(reason: gravest, answeredAt: now)
        } else {
            entry.hold(reason, until: now + Self.stay)
        }
        entries[origin] = entry
    }

    /// Nothing was wrong with this one, or a rule refuses to ask for it: a streak may be over.
    mutating func settle(_ ticket: Int64, of origin: Int64, _ kind: OutcomeKind?, _ now: Instant) {
        guard !entries.isEmpty, entries[origin]?.streaks[ticket] != nil else { return }
        if kind.endsStreak {
            entries[origin]?.streaks[ticket] = nil
        } else {
            entries[origin]?.streaks[ticket]?.answeredAt = now
        }
    }

    /// Rows were changed by hand, of one URL or of the whole origin: no such streak is known of any more.
    mutating func forgetStreaks(of rows: ChangedRows, now: Instant) {
        let origin = rows.origin
        guard let streaks = entries[origin]?.streaks, !streaks.isEmpty else { return }
        for (ticket, streak) in streaks where rows.contains(ticket) {
            if streak.counts(now) { entries[origin]?.hold(streak.reason, until: now + Self.stay) }
            entries[origin]?.streaks[ticket] = nil
        }
    }

    /// How many requests of the origin may be in flight now; `most` of all others.
    func room(_ origin: Int64, _ now: Instant, most: Int) -> Int {
        guard !entries.isEmpty else { return most }
        if isMoving(origin, now) { return 1 }  // the first at the other worker
        return isSlowed(origin, now) ? 1 : most
    }

    /// Nothing new begins before what is in flight has ended: it is to be asked by the other worker then.
    func isMoving(_ origin: Int64, _ now: Instant) -> Bool {
        entries[origin].map { $0.isApart != $0.isWanted(now) } ?? false
    }

    /// One request at a time, over HTTP/1.1.
    func isSlowed(_ origin: Int64, _ now: Instant) -> Bool {
        entries[origin]?.reason(now)?.slows ?? false
    }

    /// A request of the origin begins: by which worker it is asked. `isIdle`: none other of its requests is in flight.
    mutating func place(_ origin: Int64, isIdle: Bool, _ now: Instant) -> Place {
        guard let entry = entries[origin] else { return .usual }
        let isWanted = entry.isWanted(now)
        guard isIdle, entry.isApart != isWanted else {
            if !entry.isApart, !isWanted { entries[origin] = nil }
            return Place(isApart: entry.isApart, hasMoved: false)
        }
        if isWanted { entries[origin]?.isApart = true } else { entries[origin] = nil }
        return Place(isApart: isWanted, hasMoved: true)
    }

    struct Place: Hashable {
        var isApart: Bool
        /// The request before went to the other worker.
        var hasMoved: Bool

        static let usual = Place(isApart: false, hasMoved: false)
    }

    /// The wall clock was set.
    mutating func move(by step: Duration) {
        guard !entries.isEmpty else { return }
        entries = entries.mapValues { entry in
            var entry = entry
            entry.since = entry.since + step
            entry.until = entry.until.mapValues { $0 + step }
            entry.streaks = entry.streaks.mapValues { Streak(reason: $0.reason, answeredAt: $0.answeredAt + step) }
            return entry
        }
    }
}

extension OutcomeKind? {
    fileprivate var endsStreak: Bool { self == .good || self == .refused }
}
