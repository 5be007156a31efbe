package import CrawlCore

/// The last `response` records by the digests of their payloads, so that an equal payload of any URL becomes a revisit.
/// Empty after a start. Only what is synced is noted.
///
/// | of a record | where | bytes |
/// |---|---|---|
/// | half of its digest, its ID, date, and the place of the rest | in memory | 48 |
/// | slots that find it, two for each | in memory | 8 |
/// | its digest and target URI | in a ring in a file, see `RevisitTexts` | about 120 |
///
/// 262,144 of them are 14.7 MB of memory, in three pieces. Their URIs would be twice that, and a URL's number in their place would
/// make every hit a question to the database, from another thread; robots.txt has no number at all. A hit costs one
/// read of a page that is in the page cache, and compares the whole digest there.
///
/// Confined to one lane by its owner: the one that decides how answers are written.
package final class RevisitTable {
    /// Entries of the table that crawld uses.
    package static let usualCapacity = 262_144

    private struct Entry {
        var half: (UInt64, UInt64)
        var id: (UInt64, UInt64)
        var dateMs: Int64
        /// In `RevisitTexts`.
        var place: UInt64
    }

    package let capacity: Int
    private let rule: RevisitRule
    private let texts: RevisitTexts
    /// A ring: the oldest is replaced.
    private let entries: UnsafeMutablePointer<Entry>
    /// 1 + the entry's number, 0 = free; open addressing, at most half full.
    private let slots: UnsafeMutablePointer<UInt32>
    private let slotCount: Int
    private var next = 0
    /// Entries that were ever written, up to `capacity`.
    private var filled = 0

    /// `capacity`: up to 2^30. `texts` becomes its own.
    package init(capacity: Int = RevisitTable.usualCapacity, rule: RevisitRule, texts: RevisitTexts) {
        self.capacity = min(max(1, capacity), 1 << 30)
        self.rule = rule
        self.texts = texts
        var slotCount = 2
        while slotCount < 2 * self.capacity { slotCount *= 2 }
        self.slotCount = slotCount
        // Pages that nothing was written to take no memory.
        entries = .allocate(capacity: self.capacity)
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: 0, count: slotCount)
    }

    deinit {
        entries.deallocate()
        slots.deallocate()
    }

    /// What it takes of memory at most.
    package var bytes: Int { capacity * MemoryLayout<Entry>.stride + slotCount * MemoryLayout<UInt32>.stride }

    /// Of records that were synced; those that may not be pointed at are left out.
    package func note(_ records: some Sequence<MainRecord>) {
        for record in records where rule.mayBePointedAt(record) {
            // A file that cannot be written to only means that fewer payloads are found again.
            guard let place = texts.put(record.payloadDigest, record.targetURI) else { continue }
            let words = record.payloadDigest.value.words
            put(
                Entry(
                    half: (words.0, words.1), id: (record.id.high, record.id.low), dateMs: record.date.ms, place: place)
            )
        }
    }

    /// nil = there is none, or it is too old by the rule, or its URI is no longer kept.
    package func find(_ digest: RecordDigest, at now: Instant) -> Original? {
        let words = digest.value.words
        guard let slot = slot(of: (words.0, words.1)) else { return nil }
        let entry = entries[Int(slots[slot]) - 1]
        let date = Instant(ms: entry.dateMs)
        guard now - date <= rule.maxAge, let uri = texts.uri(at: entry.place, of: digest) else { return nil }
        return Original(
            id: RecordID(high: entry.id.0, low: entry.id.1), targetURI: uri, date: date, payloadDigest: digest)
    }

    // MARK: Slots

    private func put(_ entry: Entry) {
        if filled == capacity { forget(next) } else { filled += 1 }
        entries[next] = entry
        // The later of two with the same payload stays longer.
        let slot = slot(of: entry.half) ?? free(from: home(of: entry.half))
        slots[slot] = UInt32(next + 1)
        next = next + 1 == capacity ? 0 : next + 1
    }

    private func slot(of half: (UInt64, UInt64)) -> Int? {
        var slot = home(of: half)
        while slots[slot] != 0 {
            if entries[Int(slots[slot]) - 1].half == half { return slot }
            slot = (slot + 1) & (slotCount - 1)
        }
        return nil
    }

    private func free(from home: Int) -> Int {
        var slot = home
        while slots[slot] != 0 { slot = (slot + 1) & (slotCount - 1) }
        return slot
    }

    /// By a hash that is seeded anew in each process: whoever makes payloads could have them all share one slot.
    private func home(of half: (UInt64, UInt64)) -> Int {
        var hasher = Hasher()
        hasher.combine(half.0)
        hasher.combine(half.1)
        return hasher.finalize() & (slotCount - 1)
    }

    /// Frees the slot of an entry and moves up what had to go past it. An entry with a later namesake has no slot any more.
    private func forget(_ number: Int) {
        guard var hole = slot(of: entries[number].half), slots[hole] == UInt32(number + 1) else { return }
        var slot = hole
        while true {
            slot = (slot + 1) & (slotCount - 1)
            guard slots[slot] != 0 else { break }
            let home = home(of: entries[Int(slots[slot]) - 1].half)
            // It stays if its home lies behind the hole, on the way to where it is.
            let fromHome = (slot - home) & (slotCount - 1)
            let fromHole = (slot - hole) & (slotCount - 1)
            guard fromHome >= fromHole else { continue }
            slots[hole] = slots[slot]
            hole = slot
        }
        slots[hole] = 0
    }
}
