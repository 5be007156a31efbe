internal import CrawlCore

/// How many questions may be under way at a time, each family of a name being one.
///
/// | | |
/// |---|---|
/// | begins | at 128: a stock dnsmasq takes 150, a socket's default buffer 256 datagrams |
/// | grows | by half every 1.5 s while it is used up, nothing was lost or REFUSED, and answers take less than twice as |
/// | | long as they used to; to `most` |
/// | shrinks | for what it has just grown by, when questions are lost; growing is tried again after 3, 6, … 60 s |
/// | | to three quarters, or to what it was before it grew, when 2 % are REFUSED; at most once a second |
/// | | to half, when over 10 % time out *and* the others take twice as long as they used to; at most once in 7 s |
/// | ends | at 16 |
struct QueryWindow: Sendable {
    static let first = 128
    static let least = 16
    /// Of so many that ended last everything is judged.
    static let sample = 200

    private static let growthPause = Duration.milliseconds(1500)
    private static let longestPause = Duration.seconds(60)
    private static let halvingPause = Duration.seconds(7)
    private static let refusalPause = Duration.seconds(1)
    /// Losses this soon after it grew are the growth's fault.
    private static let trial = Duration.seconds(5)
    /// REFUSED or lost among the last `sample`.
    private static let few = 4
    /// A median below this is not told apart from it: a timer's own resolution.
    private static let quick: UInt32 = 10

    private enum End: UInt8 {
        case good, timedOut, refused, refusedAgain, lost
    }

    let most: Int
    private(set) var limit: Int
    private(set) var inFlight = 0

    private var ends: [End] = []
    /// Milliseconds, of the good ones; beside `ends`.
    private var times: [UInt32] = []
    private var place = 0
    private var counts = [0, 0, 0, 0, 0]
    /// The median of the good ones in quieter times, in ms; nil = not known yet.
    private var usual: UInt32?

    private var formerLimit: Int
    private var grownAt: Instant?
    private var growsAt: Instant?
    private var pause = Self.growthPause
    private var halvedAt: Instant?
    private var refusedAt: Instant?
    private var wasFull = false

    init(most: Int = 1024) {
        self.most = max(1, most)
        limit = min(Self.first, self.most)
        formerLimit = limit
    }

    /// Never below zero.
    var room: Int { max(0, limit - inFlight) }

    mutating func sent() {
        inFlight += 1
        if inFlight >= limit { wasFull = true }
    }

    /// One that was sent is answered, or is waited for no longer in here.
    mutating func left() {
        precondition(inFlight > 0, "more ended than were sent")
        inFlight -= 1
    }

    /// An answer that says something, `milliseconds` after it was asked for.
    mutating func answered(after milliseconds: Int64, _ now: Instant) {
        note(.good, UInt32(clamping: milliseconds))
        if place == 0, let median { usual = usual.map { min($0, median) } ?? median }
        grow(now)
    }

    mutating func timedOut(_ now: Instant) {
        note(.timedOut)
        let isInMasses = ends.count == Self.sample && counts[Int(End.timedOut.rawValue)] * 10 > Self.sample
        guard isInMasses, halvedAt.map({ now - $0 >= Self.halvingPause }) ?? true, let median, isSlower(median) else {
            return
        }
        // It has to double once more before this is done again.
        self.usual = median
        halvedAt = now
        shrink(to: limit / 2, now)
    }

    /// It was never answered, and the same question was as soon as it was asked again: the datagram was lost.
    mutating func lost(_ now: Instant) {
        note(.lost)
        guard counts[Int(End.lost.rawValue)] >= Self.few else { return }
        counts[Int(End.lost.rawValue)] = 0
        forget(.lost)
        if let grownAt, now - grownAt < Self.trial { shrink(to: formerLimit, now) } else { holdGrowth(now) }
    }

    /// By every server. `isAgain`: it was REFUSED before, and is so again after a pause: that is likelier for the name's
    /// sake than for the window's.
    mutating func refused(isAgain: Bool, _ now: Instant) {
        note(isAgain ? .refusedAgain : .refused)
        let net = counts[Int(End.refused.rawValue)] - counts[Int(End.refusedAgain.rawValue)]
        guard net >= Self.few, refusedAt.map({ now - $0 >= Self.refusalPause }) ?? true else { return }
        forget(.refused)
        refusedAt = now
        let hasJustGrown = grownAt.map { now - $0 < Self.trial } ?? false
        shrink(to: hasJustGrown ? min(formerLimit, limit * 3 / 4) : limit * 3 / 4, now)
    }

    /// Answers take twice as long as they used to.
    private func isSlower(_ median: UInt32) -> Bool {
        guard let usual else { return false }
        return UInt64(max(median, Self.quick)) >= 2 * UInt64(max(usual, Self.quick))
    }

    private mutating func grow(_ now: Instant) {
        guard limit < most else { return }
        guard let growsAt else { return self.growsAt = now + pause }
        guard now >= growsAt, wasFull else { return }
        // What comes in faster than it is answered only waits at the server.
        if let median, isSlower(median) {
            self.growsAt = now + Self.growthPause
            return
        }
        if let grownAt, now - grownAt >= Self.trial { pause = Self.growthPause }
        formerLimit = limit
        limit = min(most, limit + max(1, limit / 2))
        grownAt = now
        self.growsAt = now + max(pause, Self.growthPause)
        wasFull = false
    }

    private mutating func shrink(to target: Int, _ now: Instant) {
        limit = max(min(Self.least, most), min(limit, target))
        formerLimit = limit
        grownAt = nil
        holdGrowth(now)
    }

    private mutating func holdGrowth(_ now: Instant) {
        pause = min(Self.longestPause, pause + pause)
        growsAt = now + pause
        wasFull = false
    }

    private mutating func note(_ end: End, _ milliseconds: UInt32 = 0) {
        if ends.count < Self.sample {
            ends.append(end)
            times.append(milliseconds)
        } else {
            counts[Int(ends[place].rawValue)] -= 1
            ends[place] = end
            times[place] = milliseconds
        }
        counts[Int(end.rawValue)] += 1
        place = (place + 1) % Self.sample
    }

    /// What was acted on is not counted again.
    private mutating func forget(_ end: End) {
        var forgotten = 0
        for i in ends.indices where ends[i] == end {
            ends[i] = .timedOut
            forgotten += 1
        }
        counts[Int(end.rawValue)] = 0
        counts[Int(End.timedOut.rawValue)] += forgotten
    }

    private var median: UInt32? {
        let good = ends.indices.filter { ends[$0] == .good }.map { times[$0] }.sorted()
        return good.isEmpty ? nil : good[good.count / 2]
    }
}
