import CrawlTesting
import Foundation
import GRDB

@testable import CrawlCore
@testable import CrawlFrontier

/// A folder of its own for one frontier, gone with it.
final class FrontierFolder {
    let folder: String
    var path: String { folder + "/frontier.db" }

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/crawl-frontier-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func open(_ adjust: (inout FrontierStore.Options) -> Void = { _ in }) throws -> FrontierStore {
        var options = FrontierStore.Options()
        adjust(&options)
        return try FrontierStore(path: path, options: options)
    }

    /// A frontier whose hash key is known, so that `Collision`'s paths collide. Commits are not synced: many tests
    /// make thousands.
    func openKeyed(_ adjust: (inout FrontierStore.Options) -> Void = { _ in }) throws -> FrontierStore {
        if !FileManager.default.fileExists(atPath: path) {
            _ = try open()
            try edit {
                try $0.execute(sql: "UPDATE fact SET value = 1 WHERE name = 'hash_key_0'")
                try $0.execute(sql: "UPDATE fact SET value = 2 WHERE name = 'hash_key_1'")
            }
        }
        let store = try open(adjust)
        try store.writer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = OFF") }
        return store
    }

    /// Straight into the file, past the store.
    func edit(_ work: (Database) throws -> Void) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction(work)
        try queue.close()
    }

    var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() }
}

/// Paths whose numbers collide under the hash key (1, 2), found by trying 2^28 of them.
enum Collision {
    /// All three hash alike.
    static let same = ["/68b0b52", "/8004f25", "/e2399e0"]
    /// The first two hash alike, the third to the number after theirs.
    static let chain = ["/588df5d", "/9bb255c", "/99522be"]
}

extension CrawlURL {
    /// A canonical URL.
    init(_ text: String) {
        let bytes = Array(text.utf8)
        let slashes = bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") }
        self.init(canonical: bytes, originLength: slashes.count > 2 ? slashes[2] : bytes.count)
    }
}

extension EnqueueBatch {
    init(_ urls: [String], _ options: EnqueueOptions? = nil) {
        self.init()
        for url in urls { append(CrawlURL(url), options: options) }
    }
}

extension EnqueueOptions {
    init(_ adjust: (inout EnqueueOptions) -> Void) {
        self.init()
        adjust(&self)
    }
}

func at(_ seconds: Double) -> Instant { Instant(ms: 1_800_000_000_000 + Int64(seconds * 1000)) }

extension FrontierStore {
    @discardableResult
    func enqueue(_ urls: [String], _ options: EnqueueOptions? = nil, now: Instant = at(0)) throws -> EnqueueReceipt {
        try enqueue(EnqueueBatch(urls, options), now: now).receipt
    }

    func get(_ url: String) throws -> StoredURL? { try record(CrawlURL(url)) }

    func originNumber(_ key: String) throws -> Int64? { try read(reader) { try Self.origin($0, key) } }

    func lease(
        _ key: String, now: Instant = at(0), limit: Int = 1000, healthLimit: Int = 1000, without: Set<Int64> = []
    ) throws -> Lease {
        let origin = try originNumber(key) ?? 0
        var request = LeaseRequest(origin: origin, now: now, limit: limit, healthLimit: healthLimit)
        request.without = without
        return try lease(request)
    }

    /// All steps of what was left for later; the origins that may have new work.
    @discardableResult
    func catchUpAll(now: Instant) throws -> [Int64] {
        var origins: [Int64] = []
        while true {
            let step = try catchUp(now: now)
            if let origin = step.origin { origins.append(origin) }
            if !step.isMore { return origins }
        }
    }

    /// Every row of every table, as text.
    func dump() throws -> [String] {
        try reader.read { db in
            let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")
            // A request that was sent counts in the ledger, whatever becomes of its answer.
            return try tables.filter { $0 != "ledger" }.flatMap { table in
                try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map { "\(table) \($0)" }.sorted()
            }
        }
    }

    /// URLs by state as kept, and as counted; states without URLs left out.
    func tallies() throws -> (kept: [URLState: Int], counted: [URLState: Int]) {
        let counted = try reader.read { db in
            try Row.fetchAll(db, sql: "SELECT state, count(*) AS n FROM url GROUP BY state").map { row in
                (Self.state(row["state"]), row["n"] as Int)
            }
        }
        return (try stats().urls.filter { $0.value != 0 }, Dictionary(uniqueKeysWithValues: counted))
    }
}

extension Lease {
    func path(_ url: LeasedURL) -> String {
        String(decoding: arena[url.pathOffset..<(url.pathOffset + url.pathLength)], as: UTF8.self)
    }

    var paths: [String] { urls.map(path) }
    var healthPaths: [String] { health.map(path) }
}

extension LeasedURL {
    /// The verdict of an attempt at it; nothing due unless said.
    func verdict(
        _ outcome: Outcome = .success, state: URLState = .done, at time: Instant = at(1),
        _ adjust: (inout Verdict) -> Void = { _ in }
    ) -> Verdict {
        var verdict = Verdict(
            id: id, generation: generation, leasedDueAt: isHealthTraffic ? nil : dueAt, stateBefore: self.state,
            state: state, outcome: outcome, status: outcome == .success ? 200 : 520, at: time, hadHealth: health != nil)
        adjust(&verdict)
        return verdict
    }

    /// An answer that opens a run, the next probe at `due`.
    func pending(due: Instant, at time: Instant = at(1)) -> Verdict {
        verdict(.unknownOriginError, state: .scheduled, at: time) {
            $0.health = HealthBox(.sample(.pending))
            $0.healthDueAt = due
        }
    }

    /// An answer that marks the URL broken.
    func marked(_ incident: ULID, recheck: Instant?, at time: Instant = at(1)) -> Verdict {
        verdict(.unknownOriginError, state: .brokenOrigin, at: time) {
            var record = HealthRecord.sample(.broken)
            record.mark = HealthRecord.Mark(incident: incident)
            $0.health = HealthBox(record)
            $0.healthDueAt = recheck
            $0.event = .marked
            $0.incident = incident
        }
    }
}

extension HealthRecord {
    static func sample(_ phase: Phase, outcome: Outcome = .unknownOriginError) -> HealthRecord {
        var record = HealthRecord(streakSince: at(-100))
        record.phase = phase
        record.requests = 3
        record.run = Run(outcome: outcome, since: at(-100), lastAt: at(-10), burstAttempts: 2, timeline: 0)
        return record
    }
}

extension ULID {
    /// A number of its own for each `n`.
    static func numbered(_ n: Int) -> ULID {
        var random = SystemRandomNumberGenerator()
        return ULID(at: Instant(ms: Int64(n) + 1), using: &random)
    }
}

extension FrontierFolder {
    func rows(_ table: String) throws -> Int {
        var count = 0
        try edit { count = try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? -1 }
        return count
    }
}
