import CFault
import CrawlCore
import CrawlTesting
import Glibc
import Testing

@testable import CrawlService

/// What a process leaves of what it had in flight, and what the next one reads.
struct InFlightTableTests {
    private static let boot = [UInt8](1...16)
    private static func at(_ seconds: Double) -> Instant { Instant(ms: 1_800_000_000_000 + Int64(seconds * 1000)) }

    /// Zeroed memory as a file has it, gone with it.
    private final class Memory {
        let bytes: UnsafeMutableRawBufferPointer
        let inFlight: Int
        init(inFlight: Int) {
            self.inFlight = inFlight
            bytes = .allocate(byteCount: InFlightTable.bytes(for: inFlight), alignment: 64)
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
        }
        deinit { bytes.deallocate() }

        /// As a handler does.
        func end(by signal: Int32, at: Instant) {
            bytes.storeBytes(of: at.ms, toByteOffset: InFlightTable.Field.endedAt, as: Int64.self)
            bytes.storeBytes(of: signal, toByteOffset: InFlightTable.Field.signal, as: Int32.self)
        }
    }

    @Test("after any order of beginnings and ends the file has what is in flight, and nothing else", arguments: 1...8)
    func model(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let memory = Memory(inFlight: 100)
        memory.end(by: SIGSEGV, at: Self.at(9))
        var table = InFlightTable(memory.bytes, inFlight: memory.inFlight, begunAt: Self.at(0), boot: Self.boot)
        var expected: Set<Int64> = []
        for step in 0..<20_000 {
            let origin = Int64.random(in: 1...40, using: &random)
            let ticket =
                Bool.random(using: &random)
                ? URLKey.robots(of: origin)
                : URLKey.make(origin: origin, hash: UInt64.random(in: 0...3, using: &random))
            if expected.count < 100, !expected.contains(ticket), Bool.random(using: &random) {
                table.begin(ticket)
                expected.insert(ticket)
            } else {
                table.end(ticket)
                expected.remove(ticket)
            }
            guard step % 97 == 0 else { continue }
            let last = try #require(LastLife(Array(memory.bytes), boot: Self.boot, now: Self.at(10)))
            #expect(last.end.tickets == expected)
        }
        for ticket in expected { table.end(ticket) }
        #expect(memory.bytes[InFlightTable.headerBytes...].allSatisfy { $0 == 0 })
    }

    @Test("more than there is room for is no fault")
    func full() throws {
        let memory = Memory(inFlight: 1)
        var table = InFlightTable(memory.bytes, inFlight: memory.inFlight, begunAt: Self.at(0), boot: Self.boot)
        for n in 0..<1000 { table.begin(URLKey.make(origin: 1, hash: UInt64(n))) }
        memory.end(by: SIGILL, at: Self.at(9))
        let last = try #require(LastLife(Array(memory.bytes), boot: Self.boot, now: Self.at(10)))
        #expect(last.end.tickets.count == 63)
        for n in 0..<1000 { table.end(URLKey.make(origin: 1, hash: UInt64(n))) }
        #expect(memory.bytes[InFlightTable.headerBytes...].allSatisfy { $0 == 0 })
    }

    struct Bytes: CustomTestStringConvertible, Sendable {
        var name: String
        var edit: @Sendable (inout [UInt8]) -> Void
        /// What is read: nil = nothing.
        var tickets: Int?
        var testDescription: String { name }
    }

    private static func set<T: FixedWidthInteger>(_ value: T, at offset: Int, _ bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(offset..<(offset + $0.count), with: $0) }
    }

    @Test(
        "files that other hands wrote",
        arguments: [
            Bytes(name: "as it was", edit: { _ in }, tickets: 2),
            Bytes(name: "empty", edit: { $0 = [] }),
            Bytes(name: "cut in the header", edit: { $0 = Array($0.prefix(63)) }),
            Bytes(name: "the header alone", edit: { $0 = Array($0.prefix(64)) }, tickets: 0),
            Bytes(name: "cut in an entry", edit: { $0 = Array($0.prefix(64 + 7)) }, tickets: 0),
            Bytes(name: "another magic", edit: { $0[0] ^= 1 }),
            Bytes(name: "a later format", edit: { $0[8] = 3 }),
            Bytes(name: "another boot", edit: { $0[InFlightTable.Field.boot] ^= 0xff }),
            Bytes(name: "no signal", edit: { set(Int32(0), at: InFlightTable.Field.signal, &$0) }),
            Bytes(name: "SIGKILL", edit: { set(SIGKILL, at: InFlightTable.Field.signal, &$0) }),
            Bytes(name: "a signal below zero", edit: { set(Int32.min, at: InFlightTable.Field.signal, &$0) }),
            Bytes(
                name: "more entries than there are", edit: { set(UInt32.max, at: InFlightTable.Field.entries, &$0) },
                tickets: 2),
            Bytes(name: "no entries", edit: { set(UInt32(0), at: InFlightTable.Field.entries, &$0) }, tickets: 0),
            Bytes(
                name: "times beyond all",
                edit: {
                    set(Int64.max, at: InFlightTable.Field.endedAt, &$0)
                    set(Int64.max, at: InFlightTable.Field.begunAt, &$0)
                }, tickets: 2),
            Bytes(
                name: "times before all",
                edit: {
                    set(Int64.min, at: InFlightTable.Field.endedAt, &$0)
                    set(Int64.min, at: InFlightTable.Field.begunAt, &$0)
                }, tickets: 2),
            Bytes(
                name: "tickets of nothing",
                edit: {
                    for i in stride(from: 64, to: $0.count - 7, by: 8) {
                        set(i % 16 == 0 ? Int64.min : .max, at: i, &$0)
                    }
                }, tickets: 0),
        ])
    func hostile(_ entry: Bytes) {
        let memory = Memory(inFlight: 8)
        var table = InFlightTable(memory.bytes, inFlight: memory.inFlight, begunAt: Self.at(0), boot: Self.boot)
        table.begin(URLKey.make(origin: 7, hash: 1))
        table.begin(URLKey.robots(of: 7))
        memory.end(by: SIGABRT, at: Self.at(5))
        var bytes = Array(memory.bytes)
        entry.edit(&bytes)
        let last = LastLife(bytes, boot: Self.boot, now: Self.at(10))
        #expect(last?.end.tickets.count == entry.tickets)
        #expect(last.map { $0.end.at <= Self.at(10) } ?? true)
    }

    @Test(
        "what the thread of the fault was reading is the number of a URL, or nothing",
        arguments: [
            (0, false), (URLKey.make(origin: 7, hash: 1), true), (URLKey.robots(of: 7), false), (.min, false),
            (-1, false), (.max, false), (1, false),
        ] as [(Int64, Bool)])
    func reading(work: Int64, isDocument: Bool) throws {
        let memory = Memory(inFlight: 8)
        _ = InFlightTable(memory.bytes, inFlight: memory.inFlight, begunAt: Self.at(0), boot: Self.boot)
        memory.end(by: SIGTRAP, at: Self.at(5))
        memory.bytes.storeBytes(of: work, toByteOffset: InFlightTable.Field.work, as: Int64.self)
        let last = try #require(LastLife(Array(memory.bytes), boot: Self.boot, now: Self.at(10)))
        #expect(last.document == (isDocument ? work : nil))
    }

    @Test("any bytes at all", arguments: 1...20)
    func anyBytes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let memory = Memory(inFlight: 8)
        _ = InFlightTable(memory.bytes, inFlight: memory.inFlight, begunAt: Self.at(0), boot: Self.boot)
        memory.end(by: SIGFPE, at: Self.at(5))
        for _ in 0..<500 {
            var bytes = Array(memory.bytes)
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                bytes[Int.random(in: 12..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            _ = LastLife(bytes, boot: Self.boot, now: Self.at(10))
        }
    }

    private static let (page, robots) = (URLKey.make(origin: 7, hash: 1), URLKey.robots(of: 8))

    @Test("a stall names its own tickets and no other that was in flight, whatever signal comes on top of it")
    func stall() throws {
        let memory = Memory(inFlight: 8)
        var table = InFlightTable(memory.bytes, inFlight: 8, begunAt: Self.at(0), boot: Self.boot)
        let stall = StallList(memory.bytes, inFlight: 8)
        for ticket in [Self.page, Self.robots, URLKey.make(origin: 9, hash: 9)] { table.begin(ticket) }
        stall.note([Self.page], at: Self.at(4))
        var last = try #require(LastLife(Array(memory.bytes), boot: Self.boot, now: Self.at(10)))
        #expect(last == LastLife(end: FaultEnd(at: Self.at(4), tickets: [Self.page]), cause: .stall))
        // The crawl goes on beside it, and another worker hangs.
        table.end(Self.page)
        stall.note([Self.robots], at: Self.at(5))
        memory.end(by: SIGSEGV, at: Self.at(6))
        last = try #require(LastLife(Array(memory.bytes), boot: Self.boot, now: Self.at(10)))
        #expect(last.cause == .stall && last.end == FaultEnd(at: Self.at(5), tickets: [Self.page, Self.robots]))
        table.end(Self.robots)
        table.end(URLKey.make(origin: 9, hash: 9))
        #expect(last.document == nil)
    }

    @Test("no more of a stall is noted than there is room for, and a list that other hands wrote reads no further")
    func longStall() throws {
        let memory = Memory(inFlight: 8)
        _ = InFlightTable(memory.bytes, inFlight: 8, begunAt: Self.at(0), boot: Self.boot)
        let stall = StallList(memory.bytes, inFlight: 8)
        for round in 0..<3 {
            stall.note((0..<20).map { URLKey.make(origin: 1 + Int64(round), hash: UInt64($0)) }, at: Self.at(4))
        }
        let last = try #require(LastLife(Array(memory.bytes), boot: Self.boot, now: Self.at(10)))
        #expect(last.end.tickets.count == 32)
        for count in [UInt32.max, 33, 1 << 20] {
            memory.bytes.storeBytes(of: count, toByteOffset: InFlightTable.Field.stalled, as: UInt32.self)
            #expect(LastLife(Array(memory.bytes), boot: Self.boot, now: Self.at(10))?.end.tickets.count == 32)
        }
        memory.bytes.storeBytes(of: UInt32.max, toByteOffset: InFlightTable.Field.entries, as: UInt32.self)
        #expect(LastLife(Array(memory.bytes), boot: Self.boot, now: Self.at(10)) == nil, "there is no list")
    }

    struct Signal: CustomTestStringConvertible, Sendable {
        var name: String
        var number: Int32
        var code: Int32
        var sender: Int32 = 0
        var isOwn: Bool
        var testDescription: String { name }
    }

    // Of <signal.h>, as Linux numbers them; Swift's Glibc module does not show all of them.
    private static let (user, queue, tkill, kernel) = (Int32(0), Int32(-1), Int32(-6), Int32(0x80))

    @Test(
        "which signals show a fault of our own; 77 is our own process",
        arguments: [
            Signal(name: "no mapping", number: SIGSEGV, code: 1, isOwn: true),
            Signal(name: "no right", number: SIGSEGV, code: 2, isOwn: true),
            Signal(name: "an address that cannot be", number: SIGSEGV, code: kernel, isOwn: true),
            Signal(name: "SIGSEGV by kill", number: SIGSEGV, code: user, sender: 5, isOwn: false),
            Signal(name: "SIGSEGV by sigqueue", number: SIGSEGV, code: queue, sender: 5, isOwn: false),
            Signal(name: "SIGSEGV by another's tgkill", number: SIGSEGV, code: tkill, sender: 5, isOwn: false),
            Signal(name: "an instruction that is none", number: SIGILL, code: 2, isOwn: true),
            Signal(name: "a division by zero", number: SIGFPE, code: 1, isOwn: true),
            Signal(name: "a trap", number: SIGTRAP, code: kernel, isOwn: true),
            Signal(name: "abort()", number: SIGABRT, code: tkill, sender: 77, isOwn: true),
            Signal(name: "SIGABRT by kill, as a watchdog does", number: SIGABRT, code: user, sender: 1, isOwn: false),
            Signal(name: "SIGABRT by kill from ourselves", number: SIGABRT, code: user, sender: 77, isOwn: false),
            Signal(name: "alignment", number: SIGBUS, code: 1, isOwn: true),
            Signal(name: "an address of the stack that cannot be", number: SIGBUS, code: kernel, isOwn: true),
            Signal(name: "a page of a file that cannot be had", number: SIGBUS, code: 2, isOwn: false),
            Signal(name: "memory that is defective", number: SIGBUS, code: 4, isOwn: false),
            Signal(name: "SIGTERM", number: SIGTERM, code: user, sender: 1, isOwn: false),
            Signal(name: "SIGKILL", number: SIGKILL, code: kernel, isOwn: false),
            Signal(name: "SIGSYS", number: SIGSYS, code: 1, isOwn: false),
        ])
    func signals(_ entry: Signal) {
        #expect(cfault_is_own(entry.number, entry.code, entry.sender, 77) == entry.isOwn)
    }
}
