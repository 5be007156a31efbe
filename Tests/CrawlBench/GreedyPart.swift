import CrawlCore
import CrawlFetch
import CrawlService
import CrawlTesting
import Dispatch
import Foundation
import Synchronization

/// What an origin that always has bytes ready costs a hundred others of its worker: the time that they take for the same
/// pages with it and without it, one after the other in the same run.
struct GreedyPart {
    static let origins = 100

    struct Sample {
        var transport: GreedyServer.Transport
        /// Between two pages of an origin, in milliseconds.
        var pause: Int
        var alone: Duration
        var beside: Duration
        /// Bytes that the greedy one was served meanwhile, as far as its answers were over.
        var bytes: Int64
        var ratio: Double { beside.seconds / alone.seconds }
    }

    /// Pages of each origin without a pause, and with one of 100 ms.
    let pages: Int

    func measure(_ server: PageServer, _ greedy: GreedyServer) throws -> [Sample] {
        try GreedyServer.Transport.allCases.flatMap { transport in
            try [(pages, 0), (20, 100)].map { pages, pause in
                let alone = try run(server, nil, pages, pause)
                let beside = try run(server, (greedy, transport), pages, pause)
                return Sample(
                    transport: transport, pause: pause, alone: alone.took, beside: beside.took, bytes: beside.bytes)
            }
        }
    }

    private func run(
        _ server: PageServer, _ greedy: (server: GreedyServer, transport: GreedyServer.Transport)?, _ pages: Int,
        _ pause: Int
    ) throws -> (took: Duration, bytes: Int64) {
        var limits = FetchLimits()
        limits.workers = 1
        limits.maxBody = 1 << 30
        limits.userAgent = "crawld/\(Version.current)"
        limits.allowAddresses = [IPNetwork("127.0.0.0/8")].compactMap { $0 }
        limits.caFile = greedy?.server.caFile
        let list = URLList(count: pages * Self.origins, loopbackOrigins: Self.origins, port: server.port)
        let crawl = PoliteCrawl(list, pause: pause, greedy: greedy.map { $0.server.origin($0.transport) })
        let pool = WorkerPool(limits: limits, clock: SystemClock())
        return try crawl.run(pool)
    }
}

/// Each origin has one request in flight, and asks for the next page a pause after the answer.
private final class PoliteCrawl: Sendable {
    private struct Progress {
        var finished = 0
        var failed = 0
        var bytes: Int64 = 0
    }

    private static let greedyTicket: Int64 = 1 << 40

    private let list: URLList
    private let pause: Int
    private let greedy: [UInt8]?
    private let progress = Mutex(Progress())
    private let end = DispatchSemaphore(value: 0)

    init(_ list: URLList, pause: Int, greedy: [UInt8]?) {
        self.list = list
        self.pause = pause
        self.greedy = greedy
    }

    func run(_ pool: WorkerPool) throws -> (took: Duration, bytes: Int64) {
        try pool.start { [self] in received($0, pool) }
        if greedy != nil {
            pool.fetch(greedyBatch())
            usleep(300_000)
        }
        let began = ContinuousClock.now
        pool.fetch(batch(list.origins.indices.map { $0 }))
        end.wait()
        let took = ContinuousClock.now - began
        pool.cancelAll()
        let (failed, bytes) = progress.withLock { ($0.failed, $0.bytes) }
        guard failed == 0 else { throw BenchFailure("\(failed) of \(list.count) pages failed") }
        return (took, bytes)
    }

    private func received(_ results: [FetchResult], _ pool: WorkerPool) {
        var next: [Int] = []
        var isGreedyOver = false
        progress.withLock { progress in
            for result in results {
                if result.ticket == Self.greedyTicket {
                    isGreedyOver = !result.flags.contains(.cancelled)
                    progress.bytes += result.bodyBytes
                    continue
                }
                progress.finished += 1
                if result.status != 200 || result.curlCode != 0 { progress.failed += 1 }
                let index = Int(result.ticket) + list.origins.count
                if index < list.count { next.append(index) }
            }
            if progress.finished == list.count, !results.isEmpty { end.signal() }
        }
        if isGreedyOver { pool.fetch(greedyBatch()) }
        guard !next.isEmpty else { return }
        guard pause > 0 else { return pool.fetch(batch(next)) }
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(pause)) { [self, next] in
            pool.fetch(batch(next))
        }
    }

    private func batch(_ indices: [Int]) -> FetchBatch {
        var batch = FetchBatch()
        for index in indices {
            batch.append(
                ticket: Int64(index), originNumber: Int64(index % list.origins.count), origin: list.origin(index),
                path: list.path(index), isLastOfOrigin: index + list.origins.count >= list.count)
        }
        return batch
    }

    private func greedyBatch() -> FetchBatch {
        var batch = FetchBatch()
        batch.append(
            ticket: Self.greedyTicket, originNumber: Int64(list.origins.count), origin: greedy ?? [],
            path: Array("/long".utf8), isLastOfOrigin: false)
        return batch
    }
}

extension GreedyPart.Sample: RoundSample {
    var line: String? {
        "\(transport.rawValue), pause \(pause) ms: \(Figure.decimals(alone.seconds, 2)) s alone, "
            + "\(Figure.decimals(beside.seconds, 2)) s beside it, ratio \(Figure.decimals(ratio, 3))"
    }

    static func told(_ samples: [Self]) -> String {
        var table = TextTable(["", "pause ms", "alone s", "ratio"])
        for samples in grouped(samples, by: { "\($0.transport) \($0.pause)" }) {
            table.add([
                samples[0].transport.rawValue, "\(samples[0].pause)", Figure(samples.map(\.alone.seconds)).text(2),
                Figure(samples.map(\.ratio)).text(3),
            ])
        }
        return """
            One origin that always has bytes ready beside \(GreedyPart.origins) polite ones, one worker: what their pages take, to
            what they take without it. Pause: between an answer and the origin's next request. Aim: 1.10.

            \(table.text)
            """
    }
}
