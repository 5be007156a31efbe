import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// A frontier with a feed, and answers for it.
struct ResultFixture {
    let folder: FrontierFolder
    let store: FrontierStore

    init(_ adjust: (inout ResultLimits) -> Void = { _ in }) throws {
        folder = try FrontierFolder()
        store = try Self.open(folder, adjust)
    }

    static func open(
        _ folder: FrontierFolder, _ adjust: (inout ResultLimits) -> Void = { _ in }
    ) throws -> FrontierStore {
        var limits = ResultLimits()
        adjust(&limits)
        return try folder.openKeyed { $0.results = limits }
    }

    func leased(_ key: String = "https://a.example", now: Instant = at(0)) throws -> [LeasedURL] {
        try store.lease(key, now: now).urls
    }

    @discardableResult
    func complete(_ verdicts: [Verdict], now: Instant = at(1)) throws -> Int64? {
        try store.complete(Completion(verdicts: verdicts), now: now).lastResult
    }

    /// So many results, each of a URL of its own, in commits of `batch`.
    func fill(_ count: Int, batch: Int = 100, at time: Double = 1) throws {
        var numbers = 0..<count
        while !numbers.isEmpty {
            let part = numbers.prefix(batch)
            try store.enqueue(
                part.map { "https://a.example/\($0)" }, EnqueueOptions { $0.force = true }, now: at(time))
            let leased = try self.leased(now: at(time)).prefix(part.count)
            try complete(leased.map { $0.verdict(at: at(time)) }, now: at(time))
            numbers = numbers.dropFirst(batch)
        }
    }

    func all(after: Int64? = nil, _ filter: ResultFilter = ResultFilter()) throws -> [StoredResult] {
        try store.results(after: after, filter, limit: .max, within: .max).rows
    }

    var stats: ResultStats { get throws { try #require(try store.resultStats()) } }
}
