import CrawlCore
import CrawlTesting
import GRDB
import Testing

@testable import CrawlFrontier

/// What is kept of origins in numbers is right without being counted in anybody's way.
struct HoldCountTests {
    private let folder: FrontierFolder
    private let store: FrontierStore
    private static let origin = "https://big.example"

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed()
    }

    private func hold(_ reasons: HoldTable.Reasons = .broken, of kind: HoldTable.Reasons = .breaker) throws {
        let number = try #require(try store.originNumber(Self.origin))
        try store.write { try HoldTable(db: $0).set(reasons, of: kind, number) }
    }

    /// URLs of each origin as kept, and as counted.
    private func origins() throws -> (kept: [String: Int], counted: [String: Int]) {
        try store.reader.read { db in
            func figures(_ sql: String) throws -> [String: Int] {
                var figures: [String: Int] = [:]
                for row in try Row.fetchAll(db, sql: sql) {
                    let key: String = row[0]
                    figures[key] = row[1] as Int
                }
                return figures
            }
            return (
                try figures("SELECT key, urls FROM origin"),
                try figures("SELECT key, (SELECT count(*) FROM url WHERE id >> 40 = o.id) FROM origin o")
            )
        }
    }

    private static func urls(_ range: Range<Int>) -> [String] { range.map { "\(origin)/\($0)" } }

    @Test("a hold over many URLs begins in one small step, and the others are counted in further ones")
    func manyURLs() throws {
        try store.enqueue(Self.urls(0..<(2 * HoldTable.chunk + 10)))
        try hold()
        #expect(try store.stats().heldURLs == HoldTable.chunk)
        #expect(try store.opening(now: at(1)).isBehind, "a start would go on")
        #expect(try store.catchUp(now: at(1)).isMore)
        #expect(try store.stats().heldURLs == 2 * HoldTable.chunk)
        try store.catchUpAll(now: at(1))
        #expect(try store.stats().heldURLs == 2 * HoldTable.chunk + 10)
        #expect(try !store.opening(now: at(1)).isBehind)
        try hold([])
        #expect(try store.stats().heldURLs == 0)
    }

    @Test("what changes while a hold is being counted is counted once, wherever it lies", arguments: 1...5)
    func changes(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var known = Self.urls(0..<(3 * HoldTable.chunk))
        try store.enqueue(known)
        try hold()
        repeat {
            try store.enqueue(Self.urls(known.count..<(known.count + 50)))
            known += Self.urls(known.count..<(known.count + 50))
            var verdicts: [Verdict] = []
            let leased = try store.lease(Self.origin, limit: 400).urls
            for url in leased where random.chance(0.5) { verdicts.append(url.verdict()) }
            try store.complete(verdicts, drained: [], now: at(1))
            for _ in 0..<20 {
                guard let gone = random.pick(known) else { continue }
                _ = try store.remove(.url(CrawlURL(gone)), now: at(1))
            }
            guard let again = random.pick(known) else { continue }
            try store.enqueue([again], EnqueueOptions { $0.force = true })
        } while try store.catchUp(now: at(2)).isMore
        let tallies = try store.tallies()
        #expect(tallies.kept == tallies.counted)
        #expect(try store.stats().heldURLs == tallies.counted[.scheduled])
        let origins = try origins()
        #expect(origins.kept == origins.counted)
    }

    @Test("a path that moves up into a removed one's place is counted once")
    func renumbered() throws {
        let paths = Collision.same.map { Self.origin + $0 }
        try store.enqueue(paths + Self.urls(0..<HoldTable.chunk))
        try hold()
        _ = try store.remove(.url(CrawlURL(paths[0])), now: at(1))
        try store.catchUpAll(now: at(2))
        #expect(try store.stats().heldURLs == HoldTable.chunk + 2)
        let origins = try origins()
        #expect(origins.kept == origins.counted)
    }

    @Test("an origin's incident tells how many URLs it has, as kept")
    func incident() throws {
        try store.enqueue(Self.urls(0..<30))
        try store.complete(store.lease(Self.origin).urls.prefix(10).map { $0.verdict() }, drained: [], now: at(1))
        _ = try store.remove(.url(CrawlURL(Self.origin + "/29")), now: at(1))
        let origins = try origins()
        #expect(origins.kept == [Self.origin: 29])
        #expect(origins.kept == origins.counted)
    }

    @Test("a frontier of before has its origins' URLs counted when it is brought up to date")
    func upgrade() throws {
        let old = try FrontierFolder()
        try old.make(format: Schema.steps(before: Schema.kept)) { db in
            try db.execute(
                sql: """
                    INSERT INTO origin (id, key) VALUES (1, 'a'), (2, 'b'), (\(URLKey.maxOrigin), 'c');
                    INSERT INTO url (id, path, state, generation, priority) VALUES
                        (1 << 40, '/', 1, 1, 0), ((2 << 40) - 1, '/x', 3, 1, 0), (\(URLKey.maxOrigin) << 40, '/', 1, 1, 0);
                    """)
        }
        let store = try old.open()
        let kept = try store.reader.read { try Int.fetchAll($0, sql: "SELECT urls FROM origin ORDER BY id") }
        #expect(kept == [2, 0, 1])
    }
}
