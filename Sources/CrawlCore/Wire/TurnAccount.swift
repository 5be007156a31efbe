/// One socket's share of its worker, which serves its sockets in rounds (deficit round robin, Shreedhar and Varghese): in
/// each a socket has a turn of 64 KiB or 2 ms. How much one call takes is libcurl's to say, so that what it was over a
/// turn is taken off the next ones: until it is paid the socket is passed over.
///
/// A call is charged by the wall clock. A thread that was held up is charged for what others did, at most `longest` turns:
/// its socket is passed over in so many rounds, which pass at once when nobody else has anything to do.
package struct TurnAccount: Sendable {
    package static let bytes: Int64 = 64 << 10
    package static let nanoseconds: UInt64 = 2_000_000
    /// So many turns at most are charged for one call.
    package static let longest: UInt64 = 32
    /// Turns overdrawn in a row, after which its requests are told so: `FetchResult.Flags.overdrew`.
    package static let patience = 10
    /// One turn.
    private static let whole: UInt64 = 1024

    /// The round from which on it is served.
    package private(set) var from: UInt64 = 0
    /// Of a turn, in 1/1024: what has still to be paid then.
    private var owed: UInt64 = 0
    private var inARow = 0
    /// What was taken from the socket by the last turn that was used up.
    private var taken: Int64 = 0

    private let turn: Int64

    /// `bytes` of a turn.
    package init(bytes: Int64 = TurnAccount.bytes) {
        precondition(bytes > 0, "a turn")
        turn = bytes
    }

    package func mayGo(in round: UInt64) -> Bool { round >= from }

    /// A call has handed out so many bytes and taken so long. Returns whether that was more than a turn.
    package mutating func charge(bytes: Int64, nanoseconds: UInt64, in round: UInt64) -> Bool {
        let byBytes = UInt64(max(0, bytes)).multipliedReportingOverflow(by: Self.whole)
        let byTime = nanoseconds.multipliedReportingOverflow(by: Self.whole)
        let used = max(
            byBytes.overflow ? .max : byBytes.partialValue / UInt64(turn),
            byTime.overflow ? .max : byTime.partialValue / Self.nanoseconds)
        let sum = owed + min(used, Self.longest * Self.whole)
        let debt = sum > Self.whole ? sum - Self.whole : 0
        from = round + 1 + debt / Self.whole
        owed = debt % Self.whole
        guard used > Self.whole else {
            inARow = 0
            return false
        }
        return true
    }

    /// After a turn that was used up: it was the socket's own doing if bytes for more than a turn were handed out, or
    /// taken since the last such turn. `taken` since it was opened; nil = that is not known. True = it has been so too often
    /// in a row, and counts anew.
    package mutating func overdraws(handed: Int64, taken: Int64?) -> Bool {
        let gone = taken.map { $0 - self.taken } ?? 0
        self.taken = taken ?? self.taken
        guard max(handed, gone) > turn else {
            inARow = 0
            return false
        }
        inARow += 1
        guard inARow >= Self.patience else { return false }
        inARow = 0
        return true
    }
}
