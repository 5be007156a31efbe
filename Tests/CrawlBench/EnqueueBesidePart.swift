import ControlAPI
import CrawlTesting
import Foundation
import Synchronization

/// What a bulk enqueue and a full crawl cost each other in one daemon: `urls` new URLs through the control socket while
/// the crawl is paused; then the crawl alone; then as many new URLs again beside the crawl. Meanwhile a client that does
/// a little at a time, as an operator would, waits for each acknowledgement.
struct EnqueueBesidePart {
    /// Of the crawl alone.
    static let alone = Duration.seconds(10)
    /// Until the crawl is under way.
    static let patience = Duration.seconds(60)
    /// Between two writes of the client, in microseconds: it is not to be a load of its own.
    static let rest: UInt32 = 20_000

    struct Sample {
        /// New URLs a second.
        var paused: Double
        var beside: Double
        /// URLs fetched a second.
        var crawlAlone: Double
        var crawlBeside: Double
        /// Of the client's writes beside both, in milliseconds, the quickest first; at least one.
        var latencies: [Double]
        /// Bytes, at the highest.
        var memory: Int

        var enqueueRatio: Double { beside / paused }
        var crawlRatio: Double { crawlBeside / crawlAlone }
        func latency(_ share: Double) -> Double {
            latencies[min(latencies.count - 1, Int(Double(latencies.count) * share))]
        }
    }

    let urls: Int

    /// Each of the lists has origins of its own, all on the loopback, with 100 URLs each.
    func measure(port: Int, inFlight: Int, in workspace: Workspace) throws -> Sample {
        let origins = max(1, urls / 100)
        let lists = (0..<3).map { URLList(count: urls, loopbackOrigins: origins, after: $0 * origins, port: port) }
        let clients = URLList(count: .max, loopbackOrigins: 1, after: 3 * origins, port: port)
        let daemon = try Daemon(in: workspace, name: "beside", inFlight: inFlight, perOrigin: 1)
        try daemon.setPaused(true)
        guard try daemon.enqueue(lists[0].body(.random, as: .recrawled), as: ContentType.ndjson).new == urls else {
            throw BenchFailure("not all URLs of the crawl were new")
        }
        let paused = try enqueue(lists[1].body(.random), daemon)
        try daemon.setPaused(false)
        try waitUntilUnderWay(daemon)

        let alone = try fetching(daemon) { sleepUntil(.now + Self.alone) }
        let body = lists[2].body(.random)
        let client = Client(daemon, clients)
        client.begin()
        var beside = 0.0
        let crawlBeside = try fetching(daemon) { beside = try enqueue(body, daemon) }
        let latencies = try client.end()
        let memory = daemon.memory.peak
        _ = try daemon.stop()
        return Sample(
            paused: paused, beside: beside, crawlAlone: alone, crawlBeside: crawlBeside, latencies: latencies,
            memory: memory)
    }

    /// New URLs a second.
    private func enqueue(_ body: [UInt8], _ daemon: Daemon) throws -> Double {
        let began = ContinuousClock.now
        guard try daemon.enqueue(body).new == urls else { throw BenchFailure("not all of \(urls) URLs were new") }
        return Double(urls) / (ContinuousClock.now - began).seconds
    }

    /// URLs fetched a second while `work` is done.
    private func fetching(_ daemon: Daemon, _ work: () throws -> Void) throws -> Double {
        let before = try fetched(daemon)
        let began = ContinuousClock.now
        try work()
        return Double(try fetched(daemon) - before) / (ContinuousClock.now - began).seconds
    }

    private func fetched(_ daemon: Daemon) throws -> Int { try daemon.status().fetches.values.reduce(0, +) }

    private func sleepUntil(_ end: ContinuousClock.Instant) {
        while ContinuousClock.now < end { usleep(CrawlPart.pollMicroseconds.before) }
    }

    /// One in ten URLs was fetched.
    private func waitUntilUnderWay(_ daemon: Daemon) throws {
        let end = ContinuousClock.now + Self.patience
        while try fetched(daemon) < urls / 10 {
            guard ContinuousClock.now < end else { throw BenchFailure("the crawl does not begin") }
            usleep(CrawlPart.pollMicroseconds.before)
        }
    }

    /// Enqueues a URL, then removes it, and so on, on a thread of its own.
    private final class Client: Sendable {
        private struct State {
            var isOver = false
            var latencies: [Double] = []
            var failure: (any Error)?
        }

        private let state = Mutex(State())
        private let hasEnded = DispatchSemaphore(value: 0)
        private let daemon: Daemon
        private let urls: URLList

        init(_ daemon: Daemon, _ urls: URLList) { (self.daemon, self.urls) = (daemon, urls) }

        func begin() {
            DetachedThread.run { [self] in
                do {
                    for number in 0... {
                        let url = urls.origin(number) + urls.path(number)
                        try time { guard try daemon.enqueue(url).new == 1 else { throw BenchFailure("not new") } }
                        try time { guard try daemon.remove(url: url) == 1 else { throw BenchFailure("not removed") } }
                        if state.withLock({ $0.isOver }) { break }
                    }
                } catch {
                    state.withLock { $0.failure = error }
                }
                hasEnded.signal()
            }
        }

        private func time(_ write: () throws -> Void) throws {
            let began = ContinuousClock.now
            try write()
            let took = (ContinuousClock.now - began).seconds * 1000
            state.withLock { $0.latencies.append(took) }
            usleep(EnqueueBesidePart.rest)
        }

        func end() throws -> [Double] {
            state.withLock { $0.isOver = true }
            hasEnded.wait()
            return try state.withLock { state in
                if let failure = state.failure { throw failure }
                return state.latencies.sorted()
            }
        }
    }
}

extension EnqueueBesidePart.Sample: RoundSample {
    var rates: [(name: String, perSecond: Double)] {
        [("enqueue beside a crawl", beside), ("crawl beside an enqueue", crawlBeside)]
    }

    var line: String? {
        func ratio(_ alone: Double, _ both: Double) -> String {
            "\(Int(alone)) URLs/s alone, \(Int(both)) both, ratio \(Figure.decimals(both / alone, 2))"
        }
        let shares = [0.5, 0.99, 1].map { Figure.decimals(latency($0), 1) }.joined(separator: ", ")
        return "enqueue \(ratio(paused, beside)); crawl \(ratio(crawlAlone, crawlBeside))\n"
            + "  \(latencies.count) single writes, 50 %, 99 % and the slowest \(shares) ms"
    }

    static func told(_ samples: [Self]) -> String {
        var table = TextTable(["", "alone", "both", "ratio"])
        func add(_ name: String, _ alone: (Self) -> Double, _ both: (Self) -> Double) {
            table.add([
                name, Figure(samples.map(alone)).text(1, per: 1000), Figure(samples.map(both)).text(1, per: 1000),
                Figure(samples.map { both($0) / alone($0) }).text(2),
            ])
        }
        add("enqueue", { $0.paused }, { $0.beside })
        add("crawl", { $0.crawlAlone }, { $0.crawlBeside })
        let latencies = [0.5, 0.99, 1].map { share in Figure(samples.map { $0.latency(share) }).text(1) }
        return """
            A bulk enqueue beside a full crawl: new URLs in random order, to the same with the crawl paused, and the crawl
            to itself alone, in thousands of URLs a second; writes of a client meanwhile. Aims: the ratios 0.5 and 0.6,
            99 % of the writes in 100 ms.

            \(table.text)
            Single writes, 50 %, 99 % and the slowest: \(latencies.joined(separator: ", ")) ms.
            """
    }
}
