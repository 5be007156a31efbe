import Testing

@testable import CrawlCore

/// How many requests and idle connections a limit of descriptors allows.
struct DescriptorSharesTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var limit: Int
        var wanted: Int
        var workers = 1
        var inFlight: Int
        /// Of each worker, and of the quarantine worker.
        var idle: (Int, Int)
        var testDescription: String { "\(limit) descriptors, \(wanted) in flight, \(workers) workers" }
    }

    @Test(arguments: [
        Row(limit: 256, wanted: 1024, inFlight: 32, idle: (31, 1)),
        Row(limit: 256, wanted: 1, inFlight: 1, idle: (118, 7)),
        Row(limit: 1024, wanted: 1, inFlight: 1, idle: (480, 29)),
        Row(limit: 1024, wanted: 100, inFlight: 100, idle: (200, 12)),
        Row(limit: 1024, wanted: 1024, inFlight: 128, idle: (121, 7)),
        Row(limit: 1024, wanted: 1024, workers: 8, inFlight: 128, idle: (16, 0)),
        Row(limit: 4096, wanted: 1024, inFlight: 896, idle: (844, 52)),
        Row(limit: 4608, wanted: 1024, inFlight: 1024, idle: (964, 60)),
        Row(limit: 20_000, wanted: 1024, inFlight: 1024, idle: (964, 60)),
        Row(limit: 20_000, wanted: 10_000, workers: 2, inFlight: 4872, idle: (2362, 147)),
        Row(limit: 262_144, wanted: 1024, workers: 4, inFlight: 1024, idle: (1008, 63)),
        Row(limit: 524_288, wanted: 100_000, workers: 8, inFlight: 100_000, idle: (12_403, 775)),
        // An infinite limit is taken for the kernel's own bound.
        Row(limit: 1 << 20, wanted: 100_000, workers: 1, inFlight: 100_000, idle: (94_118, 5882)),
        Row(limit: 0, wanted: 0, workers: 0, inFlight: 1, idle: (0, 0)),
    ])
    func row(_ row: Row) {
        let shares = DescriptorShares(limit: row.limit, maxInFlight: row.wanted, workers: row.workers)
        #expect(shares.maxInFlight == row.inFlight)
        #expect(shares.worker.idle == row.idle.0)
        #expect(shares.quarantine.idle == row.idle.1)
        #expect(shares.isLowered == (row.inFlight < row.wanted))
    }

    @Test("all that may be open at once is under the limit, with the rest kept for others", arguments: 1...8)
    func bounds(workers: Int) {
        for limit in [64, 256, 700, 1024, 4096, 20_000, 262_144, 524_288, 1 << 20] {
            for wanted in [1, 2, 10, 127, 128, 129, 1000, 1024, 20_000, 100_000] {
                let shares = DescriptorShares(limit: limit, maxInFlight: wanted, workers: workers)
                let idle = workers * shares.worker.idle + shares.quarantine.idle
                let kept = min(DescriptorShares.forAllElse, limit / 2)
                #expect(shares.maxInFlight * DescriptorShares.perRequest + idle + kept <= limit)
                #expect(shares.maxInFlight >= 1 && shares.maxInFlight <= wanted)
                // Keep-alive is not starved by many requests.
                #expect(idle + workers >= shares.maxInFlight)
                // Connections of one worker: its idle ones, and one or two for all that is in flight.
                #expect(shares.worker.maxConnects > shares.worker.idle + 2 * shares.maxInFlight)
                // What the warning asks for is what it takes.
                #expect(shares.isLowered == (limit < shares.needed - 1))
                let enough = DescriptorShares(limit: shares.needed, maxInFlight: wanted, workers: workers)
                #expect(!enough.isLowered)
            }
        }
    }
}
