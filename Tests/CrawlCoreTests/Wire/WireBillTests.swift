import CrawlCore
import Testing

/// How much may come over a connection beside its answers.
struct WireBillTests {
    static let cases: [(name: String, taken: Int64, handed: Int64, requests: Int, isOver: Bool)] = [
        ("nothing yet", 0, 0, 1, false),
        ("a handshake", 20_000, 0, 1, false),
        ("all that is free", 256 << 10, 0, 1, false),
        ("one more", 256 << 10 | 1, 0, 1, true),
        ("as much again", (256 << 10) + 2_000_000, 1_000_000, 1, false),
        ("more than that", (256 << 10) + 2_000_001, 1_000_000, 1, true),
        ("lines of 80 bytes, a chunk and a record each", 3_000_000 * 115 / 80, 3_000_000, 1, false),
        ("heads that were packed", 1000, 200_000, 1, false),
        ("sixty requests, each with what libcurl holds of it", (256 << 10) + 59 * (32 << 10), 0, 60, false),
        ("one byte more than that", (256 << 10) + 59 * (32 << 10) + 1, 0, 60, true),
        ("more than can be counted", .max, .max, 1, false),
    ]

    @Test("256 KiB, what libcurl holds, and twice what was handed", arguments: cases.indices)
    func limits(index: Int) {
        let (name, taken, handed, requests, isOver) = Self.cases[index]
        #expect(WireBill().isOver(taken: taken, handed: handed, requests: requests, at: 0) == isOver, "\(name)")
    }

    @Test("nothing is judged while a reader pauses, nor in the second after the last has gone on")
    func pauses() {
        var bill = WireBill()
        func isOver(_ seconds: Double) -> Bool {
            bill.isOver(taken: 16 << 20, handed: 0, requests: 1, at: UInt64(seconds * 1e9))
        }
        #expect(isOver(1))
        bill.pause(99_000_000_000)
        bill.pause(99_000_000_000)
        #expect(!isOver(100))
        bill.goOn(100_000_000_000)
        #expect(!isOver(102), "the other one pauses still")
        bill.goOn(102_500_000_000)
        #expect(!isOver(103.4))
        #expect(isOver(103.5))
    }

    @Test("who pauses again and again is judged after five seconds, and again as usual when he has rested")
    func pausesForEver() {
        var bill = WireBill()
        for tick in UInt64(0)..<1000 {
            let now = 10_000_000_000 + tick * 10_000_000
            bill.pause(now)
            #expect(bill.isOver(taken: 16 << 20, handed: 0, requests: 1, at: now) == (tick >= 500))
            bill.goOn(now + 5_000_000)
        }
        #expect(bill.isOver(taken: 16 << 20, handed: 0, requests: 1, at: 21_000_000_000))
        bill.pause(22_000_000_000)
        #expect(!bill.isOver(taken: 16 << 20, handed: 0, requests: 1, at: 26_900_000_000))
        #expect(bill.isOver(taken: 16 << 20, handed: 0, requests: 1, at: 27_000_000_000))
    }
}
