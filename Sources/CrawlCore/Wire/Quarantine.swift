/// Origins that cost a worker more than their share, and are asked apart from all others, by a worker for such.
///
/// | an answer that | is asked | until |
/// |---|---|---|
/// | stalled in libcurl | apart, over HTTP/1.1, one request at a time | its URL's streak ends; without one, 10 min later |
/// | brought far more than it was | the same | the same |
/// | took more than its turns | apart | the same |
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
    }

    /// For people.
    package struct Stay: Sendable, Hashable {
        package var reason: Reason
        package var since: Instant
        /// nil = until the streak of failures ends.
        package var until: Instant?
    }

    private struct Entry {
        /// The gravest.
        var reason: Reason
        var since: Instant
        /// 10 minutes after the last such answer without a streak; no streak's end changes it.
        var until: Instant
        /// When those URLs, and a robots.txt by its ticket, were answered last whose streaks keep it there.
        var streaks: [Int64: Instant] = [:]
        /// Its last request went to the worker apart.
        var isApart = false

        func isKept(_ now: Instant) -> Bool { streaks.values.contains { now < $0 + Quarantine.silence } }
        func isWanted(_ now: Instant) -> Bool { now < until || isKept(now) }
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
        guard let entry = entries[origin], entry.isWanted(now) else { return nil }
        return Stay(
            reason: entry.reason, since: entry.since, until: entry.isKept(now) ? nil : entry.until)
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
        var entry = entries[origin] ?? Entry(reason: reason, since: now, until: now)
        if !entry.isWanted(now) {
            entry.reason = reason
            entry.since = now
        } else if reason.slows {
            entry.reason = reason
        }
        let isStreak = isOwn && (kind == .failing || kind == .wavering)
        if isStreak, entry.streaks.count < Self.streakLimit || entry.streaks[result.ticket] != nil {
            entry.streaks[result.ticket] = now
        } else {
            entry.until = max(entry.until, now + Self.stay)
        }
        entries[origin] = entry
    }

    /// Nothing was wrong with this one, or a rule refuses to ask for it: a streak may be over.
    mutating func settle(_ ticket: Int64, of origin: Int64, _ kind: OutcomeKind?, _ now: Instant) {
        guard !entries.isEmpty, entries[origin]?.streaks[ticket] != nil else { return }
        guard kind == .good || kind == .refused else {
            entries[origin]?.streaks[ticket] = now
            return
        }
        entries[origin]?.streaks[ticket] = nil
    }

    /// Its rows were changed by hand: no streak is known of any more.
    mutating func forgetStreaks(of origin: Int64, now: Instant) {
        guard let entry = entries[origin], !entry.streaks.isEmpty else { return }
        entries[origin]?.streaks = [:]
        entries[origin]?.until = now + Self.stay
    }

    /// Nothing new begins before what is in flight has ended: it is to be asked by the other worker then.
    func isMoving(_ origin: Int64, _ now: Instant) -> Bool {
        entries[origin].map { $0.isApart != $0.isWanted(now) } ?? false
    }

    /// One request at a time, over HTTP/1.1.
    func isSlowed(_ origin: Int64, _ now: Instant) -> Bool {
        entries[origin].map { $0.reason.slows && $0.isWanted(now) } ?? false
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
            entry.until = entry.until + step
            entry.streaks = entry.streaks.mapValues { $0 + step }
            return entry
        }
    }
}
