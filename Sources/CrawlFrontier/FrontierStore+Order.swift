package import CrawlCore
import GRDB

extension FrontierStore {
    package func order(of batch: EnqueueBatch) throws -> [Int32] {
        try batch.bytes.withUnsafeBufferPointer { bytes in
            let origins = BatchOrigins(batch, bytes: bytes, hash: pathHash)
            let ranks = try ranks(origins, batch, bytes)
            var keyed: [(key: Int64, place: Int32)] = []
            keyed.reserveCapacity(batch.count)
            for (place, entry) in batch.entries.enumerated() {
                let hash = pathHash(BatchOrigins.path(entry, bytes))
                let rank = ranks[Int(origins.indexOf[place])]
                keyed.append((URLKey.make(origin: rank, hash: hash), Int32(place)))
            }
            keyed.sort { $0 < $1 }
            return keyed.map(\.place)
        }
    }

    /// Of each origin of the batch its place among them: those that are known in the order of their numbers, then the
    /// others in the order in which they will get theirs.
    private func ranks(
        _ origins: BatchOrigins, _ batch: EnqueueBatch, _ bytes: UnsafeBufferPointer<UInt8>
    ) throws -> [Int64] {
        let numbers = try read(writer) { db in
            let find = try RawStatement(db, "SELECT id FROM origin WHERE key = ?")
            return try origins.firstEntry.map { entry -> Int64 in
                defer { find.reset() }
                find.bindText(BatchOrigins.origin(batch.entries[entry], bytes), at: 1)
                return try find.step() ? find.int(0) : .max
            }
        }
        var ranks = [Int64](repeating: 0, count: numbers.count)
        for (rank, index) in numbers.indices.sorted(by: { (numbers[$0], $0) < (numbers[$1], $1) }).enumerated() {
            ranks[index] = Int64(rank)
        }
        return ranks
    }
}
