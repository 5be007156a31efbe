import CrawlCore
import Glibc

/// What the process before this one left in its `InFlightTable`. The bytes may be anybody's: nothing in them traps, and
/// no more is read than a table can have.
struct LastLife: Hashable {
    /// It ended by a fault of its own.
    var end: FaultEnd
    /// The signal.
    var signal: Int32
    /// Number of the sitemap whose reading ended it: then it was nothing of what was in flight; nil = it was no reading.
    var document: Int64?

    static let mostBytes = InFlightTable.bytes(for: 100_000)

    /// nil = it did not end so, or nothing can be said: of another boot, a page of the file may be older than the next.
    init?(_ bytes: [UInt8], boot: [UInt8], now: Instant) {
        guard bytes.count >= InFlightTable.headerBytes else { return nil }
        typealias Field = InFlightTable.Field
        let read: (Instant, Int32, Int64, [Int64])? = bytes.withUnsafeBytes { bytes in
            guard bytes.loadUnaligned(fromByteOffset: Field.magic, as: UInt64.self) == InFlightTable.magic,
                bytes.loadUnaligned(fromByteOffset: Field.format, as: UInt32.self) == InFlightTable.format,
                bytes[Field.boot..<(Field.boot + Field.bootBytes)].elementsEqual(boot)
            else { return nil }
            let signal = bytes.loadUnaligned(fromByteOffset: Field.signal, as: Int32.self)
            guard Self.signals.contains(signal) else { return nil }
            let begun = bytes.loadUnaligned(fromByteOffset: Field.begunAt, as: Int64.self)
            let ended = bytes.loadUnaligned(fromByteOffset: Field.endedAt, as: Int64.self)
            // A clock that was set may have put the end before the beginning, or after now.
            let at = Instant(ms: min(max(ended, begun), now.ms))
            let entries = Int(bytes.loadUnaligned(fromByteOffset: Field.entries, as: UInt32.self))
            let there = (bytes.count - InFlightTable.headerBytes) / InFlightTable.entryBytes
            let tickets = (0..<min(entries, there)).map {
                bytes.loadUnaligned(
                    fromByteOffset: InFlightTable.headerBytes + $0 * InFlightTable.entryBytes, as: Int64.self)
            }
            return (at, signal, bytes.loadUnaligned(fromByteOffset: Field.work, as: Int64.self), tickets)
        }
        guard let (at, signal, work, tickets) = read else { return nil }
        self.signal = signal
        // As for tickets, what can be no number of a URL is none.
        document = FaultEnd(at: at, tickets: [work]).tickets.first.flatMap { URLKey.isRobots($0) ? nil : $0 }
        end = FaultEnd(at: at, tickets: tickets)
    }

    private static let signals = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT]
}
