import CrawlCore

/// The tickets in flight, in memory that outlives the process. A hash table with open addressing, so that an entry is
/// found without anything beside it; a stored ticket is one plain store.
///
///     header, 64 bytes   magic · format · signal · when it ended, when it began (wall clock, ms) · entries · tickets of
///                        the stall · boot id · the sitemap that the thread of the fault was reading (0 = none)
///     entry, 8 bytes     ticket (0 = free)
///     stall              see `StallList`
///
/// Numbers are the machine's own: only the same machine reads them, before its next boot.
struct InFlightTable {
    static let headerBytes = 64
    static let entryBytes = 8
    static let magic: UInt64 = 0x0046_4e49_6c77_7263  // "crwlINF"
    static let format: UInt32 = 2

    enum Field {
        static let magic = 0
        static let format = 8
        static let signal = 12
        static let endedAt = 16
        static let begunAt = 24
        static let entries = 32
        static let stalled = 36
        static let boot = 40
        static let bootBytes = 16
        static let work = 56
    }

    /// `headerBytes` and the entries.
    let memory: UnsafeMutableRawBufferPointer
    private let mask: Int
    private var count = 0

    /// So many entries that `inFlight` tickets fill half of them at most.
    static func entries(for inFlight: Int) -> Int {
        var entries = 64
        while entries < 2 * max(0, min(inFlight, 1 << 20)) { entries *= 2 }
        return entries
    }

    static func bytes(for inFlight: Int) -> Int {
        let entries = entries(for: inFlight)
        return headerBytes + entries * entryBytes + StallList.bytes(beside: entries)
    }

    /// `memory` is all zero and has `bytes(for: inFlight)`.
    init(_ memory: UnsafeMutableRawBufferPointer, inFlight: Int, begunAt: Instant, boot: [UInt8]) {
        self.memory = memory
        let entries = Self.entries(for: inFlight)
        precondition(memory.count == Self.bytes(for: inFlight), "room for the table and no more")
        mask = entries - 1
        memory.storeBytes(of: Self.format, toByteOffset: Field.format, as: UInt32.self)
        memory.storeBytes(of: begunAt.ms, toByteOffset: Field.begunAt, as: Int64.self)
        memory.storeBytes(of: UInt32(entries), toByteOffset: Field.entries, as: UInt32.self)
        for (i, byte) in boot.prefix(Field.bootBytes).enumerated() { memory[Field.boot + i] = byte }
        // The last: until then there is nothing to read.
        memory.storeBytes(of: Self.magic, toByteOffset: Field.magic, as: UInt64.self)
    }

    /// Nothing happens when it is full, or the ticket is there.
    mutating func begin(_ ticket: Int64) {
        guard ticket != 0, count < mask else { return }
        var place = home(of: ticket)
        while true {
            let found = self[place]
            if found == ticket { return }
            if found == 0 { break }
            place = (place + 1) & mask
        }
        self[place] = ticket
        count += 1
    }

    /// Nothing happens when it is not there.
    mutating func end(_ ticket: Int64) {
        guard ticket != 0, count > 0 else { return }
        var place = home(of: ticket)
        while self[place] != ticket {
            if self[place] == 0 { return }
            place = (place + 1) & mask
        }
        // What lies behind it and would not be found any more moves up, so that no entry is only a gravestone.
        var hole = place
        var next = (place + 1) & mask
        while self[next] != 0 {
            if (next &- home(of: self[next])) & mask >= (next &- hole) & mask {
                self[hole] = self[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        self[hole] = 0
        count -= 1
    }

    // MARK: Entries

    private func home(of ticket: Int64) -> Int {
        // Row numbers differ in their low and in their high bits.
        let mixed = UInt64(bitPattern: ticket) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 32) & mask
    }

    private func offset(_ place: Int) -> Int { Self.headerBytes + place * Self.entryBytes }

    private subscript(place: Int) -> Int64 {
        get { memory.load(fromByteOffset: offset(place), as: Int64.self) }
        nonmutating set { memory.storeBytes(of: newValue, toByteOffset: offset(place), as: Int64.self) }
    }
}
