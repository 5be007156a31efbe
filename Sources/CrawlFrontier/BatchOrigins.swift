import CrawlCore

/// The distinct origins of a batch and which of them each entry has: an open-addressing table over the batch's own
/// bytes, so that no String is made per line.
struct BatchOrigins {
    /// An entry of each distinct origin, in the order of first appearance.
    private(set) var firstEntry: [Int] = []
    /// For each entry the index of its origin in `firstEntry`.
    private(set) var indexOf: [Int32] = []

    init(_ batch: EnqueueBatch, bytes: UnsafeBufferPointer<UInt8>, hash: PathHash) {
        var capacity = 64
        while capacity < batch.count * 2 { capacity *= 2 }
        var slots = [Int32](repeating: -1, count: capacity)
        indexOf.reserveCapacity(batch.count)
        var previous = -1
        for (i, entry) in batch.entries.enumerated() {
            let origin = Self.origin(entry, bytes)
            if previous >= 0, Self.same(origin, Self.origin(batch.entries[previous], bytes)) {
                indexOf.append(indexOf[previous])
                continue
            }
            previous = i
            var slot = Int(truncatingIfNeeded: hash(origin)) & (capacity - 1)
            while slots[slot] >= 0,
                !Self.same(origin, Self.origin(batch.entries[firstEntry[Int(slots[slot])]], bytes))
            {
                slot = (slot + 1) & (capacity - 1)
            }
            if slots[slot] < 0 {
                slots[slot] = Int32(firstEntry.count)
                firstEntry.append(i)
            }
            indexOf.append(slots[slot])
        }
    }

    static func origin(
        _ entry: EnqueueBatch.Entry, _ bytes: UnsafeBufferPointer<UInt8>
    ) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[Int(entry.offset)..<(Int(entry.offset) + Int(entry.originLength))])
    }

    static func path(
        _ entry: EnqueueBatch.Entry, _ bytes: UnsafeBufferPointer<UInt8>
    ) -> UnsafeBufferPointer<UInt8> {
        let start = Int(entry.offset) + Int(entry.originLength)
        return UnsafeBufferPointer(rebasing: bytes[start..<(Int(entry.offset) + Int(entry.length))])
    }

    private static func same(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
        a.count == b.count && a.elementsEqual(b)
    }
}
