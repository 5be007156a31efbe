import CrawlCore
import Glibc

/// What the process before this one left in its `InFlightTable`. The bytes may be anybody's: nothing in them traps, and
/// no more is read than a table can have.
struct LastLife: Hashable {
    /// It ended by a fault of its own.
    var end: FaultEnd
    /// What it ended by.
    var cause: Cause

    enum Cause: Hashable {
        case signal(Int32)
        /// A worker did not come back from libcurl: `end` has what that worker had in flight, and nothing else.
        case stall
    }

    /// Number of the sitemap whose reading ended it: then it was nothing of what was in flight; nil = it was no reading.
    var document: Int64?

    init(end: FaultEnd, cause: Cause) {
        self.end = end
        self.cause = cause
    }

    static let mostBytes = InFlightTable.bytes(for: 100_000)

    /// nil = it did not end so, or nothing can be said: of another boot, a page of the file may be older than the next.
    init?(_ bytes: [UInt8], boot: [UInt8], now: Instant) {
        guard bytes.count >= InFlightTable.headerBytes else { return nil }
        typealias Field = InFlightTable.Field
        let read: (Instant, Cause, Int64, [Int64])? = bytes.withUnsafeBytes { bytes in
            guard bytes.loadUnaligned(fromByteOffset: Field.magic, as: UInt64.self) == InFlightTable.magic,
                bytes.loadUnaligned(fromByteOffset: Field.format, as: UInt32.self) == InFlightTable.format,
                bytes[Field.boot..<(Field.boot + Field.bootBytes)].elementsEqual(boot)
            else { return nil }
            let begun = bytes.loadUnaligned(fromByteOffset: Field.begunAt, as: Int64.self)
            // A clock that was set may have put the end before the beginning, or after now.
            func end(_ ms: Int64) -> Instant { Instant(ms: min(max(ms, begun), now.ms)) }
            func words(_ count: Int, from start: Int) -> [Int64] {
                (0..<min(count, max(0, bytes.count - start) / 8)).map {
                    bytes.loadUnaligned(fromByteOffset: start + $0 * 8, as: Int64.self)
                }
            }
            let entries = Int(bytes.loadUnaligned(fromByteOffset: Field.entries, as: UInt32.self))
            let stalled = Int(bytes.loadUnaligned(fromByteOffset: Field.stalled, as: UInt32.self))
            let stall = words(1 + stalled, from: StallList.start(behind: entries))
            // A signal may have come on top of it, while the process was ending.
            if stalled > 0, let found = stall.first { return (end(found), .stall, 0, Array(stall.dropFirst())) }
            let signal = bytes.loadUnaligned(fromByteOffset: Field.signal, as: Int32.self)
            guard Self.signals.contains(signal) else { return nil }
            return (
                end(bytes.loadUnaligned(fromByteOffset: Field.endedAt, as: Int64.self)), .signal(signal),
                bytes.loadUnaligned(fromByteOffset: Field.work, as: Int64.self),
                words(entries, from: InFlightTable.headerBytes)
            )
        }
        guard let (at, cause, work, tickets) = read else { return nil }
        self.cause = cause
        // As for tickets, what can be no number of a URL is none.
        document = FaultEnd(at: at, tickets: [work]).tickets.first.flatMap { URLKey.isRobots($0) ? nil : $0 }
        end = FaultEnd(at: at, tickets: tickets)
    }

    private static let signals = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT]
}
