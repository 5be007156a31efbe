import ControlAPI
import CrawlTesting
import CurlKit
import Dispatch
import Foundation
import Synchronization

/// What the result feed costs: a crawl that keeps it, to one that keeps none, one after the other. And how soon a follower
/// sees a page, in a crawl that leaves the daemon time.
struct FeedPart {
    struct Sample {
        static let aim = 0.95
        /// The wanted time until a follower sees a page, in ms.
        static let aimMs = 300

        var off: CrawlSample.Rate
        var on: CrawlSample.Rate
        /// ms from the end of each answer until its line is at the follower.
        var delays: [Double]

        var ratio: Double { on.perSecond / off.perSecond }
        var median: Double { Figure(delays).median }
        var worst: Double { delays.max() ?? 0 }
    }

    /// Pages a follower waits for, so many at a time, and µs between two lots.
    private static let followed = (pages: 1000, atATime: 10, pause: UInt32(20_000))

    let urls: Int

    func measure(port: Int, inFlight: Int, in workspace: Workspace) throws -> Sample {
        let list = URLList(count: urls, loopbackOrigins: urls / 100, port: port)
        var (on, off) = (Daemon.Settings(inFlight: inFlight), Daemon.Settings(inFlight: inFlight))
        on.keepsResults = true
        off.keepsResults = false
        return Sample(
            off: try CrawlSample.Rate("feed", list, requests: urls, off, in: workspace),
            on: try CrawlSample.Rate("feed", list, requests: urls, on, in: workspace),
            delays: try delays(list, on, in: workspace))
    }

    private func delays(_ list: URLList, _ settings: Daemon.Settings, in workspace: Workspace) throws -> [Double] {
        let daemon = try Daemon(in: workspace, name: "feed", settings)
        let pages = min(Self.followed.pages, list.count)
        let follower = Follower(daemon.feed, pages: pages)
        for first in stride(from: 0, to: pages, by: Self.followed.atATime) {
            let lot = first..<min(first + Self.followed.atATime, pages)
            guard try daemon.enqueue(list.body(of: lot)).new == lot.count else {
                throw BenchFailure("feed: URLs were known")
            }
            usleep(Self.followed.pause)
        }
        let delays = try follower.delays(within: CrawlPart.patience)
        _ = try daemon.stop()
        return delays
    }
}

/// A daemon's result feed; for any thread.
struct FeedReading: Sendable {
    let client: CurlClient

    /// Follows the result feed from its beginning for so many results; each line with when it came, in ms since 1970.
    func follow(limit: Int, _ onLine: (ArraySlice<UInt8>, Double) throws -> Void) throws {
        let request = CurlClient.Request(url: "http://crawld\(Routes.results)?follow=true&limit=\(limit)")
        var rest: [UInt8] = []
        let response = try client.send(request) { _, bytes in
            let now = Date().timeIntervalSince1970 * 1000
            rest += bytes
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                try onLine(rest[..<end], now)
                rest.removeSubrange(...end)
            }
            return true
        }
        guard response.status == 200 else {
            throw BenchFailure("results: \(response.status) \(String(decoding: rest, as: UTF8.self))")
        }
    }
}

/// Reads the feed as it comes, on a thread of its own.
private final class Follower: Sendable {
    private let ended = DispatchSemaphore(value: 0)
    private let result = Mutex<Result<[Double], any Error>>(.success([]))

    init(_ feed: FeedReading, pages: Int) {
        Thread.detachNewThread { [self] in
            let read = Result { try Self.delays(feed, pages) }
            result.withLock { $0 = read }
            ended.signal()
        }
    }

    func delays(within patience: Duration) throws -> [Double] {
        guard ended.wait(timeout: .now() + patience.seconds) == .success else {
            throw BenchFailure("feed: the follower waits for results that do not come")
        }
        return try result.withLock { try $0.get() }
    }

    private static func delays(_ feed: FeedReading, _ pages: Int) throws -> [Double] {
        var delays: [Double] = []
        try feed.follow(limit: pages) { line, at in
            let record = try ControlJSON.decode(ResultRecord.self, from: line)
            guard let ended = Timestamp.milliseconds(record.at) else { throw BenchFailure("feed: at \(record.at)") }
            delays.append(at - Double(ended))
        }
        guard delays.count == pages else { throw BenchFailure("feed: \(delays.count) of \(pages) results came") }
        return delays
    }
}

extension FeedPart.Sample: RoundSample {
    var rates: [(name: String, perSecond: Double)] { [("feed", on.perSecond)] }

    var line: String? {
        "off \(Int(off.perSecond)) URLs/s, on \(Int(on.perSecond)), ratio \(Figure.decimals(ratio, 2)), CPU "
            + "\(Figure.decimals(off.cpuPerURL, 1)) and \(Figure.decimals(on.cpuPerURL, 1)) µs a URL, seen after "
            + "\(Figure.decimals(median, 0)) ms, \(Figure.decimals(worst, 0)) at most"
    }

    static func told(_ samples: [Self]) -> String {
        var table = TextTable(["", "off", "on", "ratio", "aim", "CPU µs", "seen ms", "aim", "worst"])
        let cpu = [Figure(samples.map(\.off.cpuPerURL)), Figure(samples.map(\.on.cpuPerURL))]
        table.add([
            "feed", Figure(samples.map(\.off.perSecond)).text(1, per: 1000),
            Figure(samples.map(\.on.perSecond)).text(1, per: 1000), Figure(samples.map(\.ratio)).text(2),
            Figure.decimals(aim, 2), cpu.map { $0.median(0) }.joined(separator: "/"),
            Figure(samples.map(\.median)).text(0), "\(aimMs)", Figure(samples.map(\.worst)).text(0),
        ])
        return """
            Result feed kept or not: thousands of URLs a second. Seen: ms from the end of an answer, the wait for its
            commit counted, until a follower has its line; the median of a round's pages, and the worst of them.

            \(table.text)
            """
    }
}
