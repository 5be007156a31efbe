import CrawlCore

/// The tickets of workers that did not come back from libcurl, behind the entries of an `InFlightTable`: words of the file
/// that nobody else writes, so that it is done without a word to the lane that keeps the table, which may hang as well.
///
///     when it was found (wall clock, ms) · tickets, as many as the header says
struct StallList {
    private let memory: UnsafeMutableRawBufferPointer
    private let start: Int

    /// Half of the entries can be filled.
    static func bytes(beside entries: Int) -> Int { 8 + entries / 2 * 8 }

    static func start(behind entries: Int) -> Int { InFlightTable.headerBytes + entries * InFlightTable.entryBytes }

    /// In the memory of a table that was made for `inFlight`.
    init(_ memory: UnsafeMutableRawBufferPointer, inFlight: Int) {
        self.memory = memory
        start = Self.start(behind: InFlightTable.entries(for: inFlight))
    }

    /// More of them; what there is no room for is left out. From one thread only.
    func note(_ tickets: [Int64], at: Instant) {
        let there = Int(memory.load(fromByteOffset: InFlightTable.Field.stalled, as: UInt32.self))
        let room = (memory.count - start - 8) / 8 - there
        memory.storeBytes(of: at.ms, toByteOffset: start, as: Int64.self)
        let taken = tickets.prefix(max(0, room))
        for (i, ticket) in taken.enumerated() {
            memory.storeBytes(of: ticket, toByteOffset: start + 8 + (there + i) * 8, as: Int64.self)
        }
        // The last: until then there is nothing to read.
        memory.storeBytes(of: UInt32(there + taken.count), toByteOffset: InFlightTable.Field.stalled, as: UInt32.self)
    }
}
