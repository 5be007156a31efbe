import CrawlFrontier
import CrawlTesting
import Foundation
import Testing

@testable import CrawlCore

/// Random operations on a real file against a dictionary that says what it should hold.
struct FrontierModelTests {
    @Test("300 random lives of a frontier")
    func randomOperations() throws {
        let template = try FrontierFolder()
        do {
            let store = try template.openKeyed()
            try store.closeCleanly(lastRequestAt: nil)
        }
        var count = ModelRun.Count()
        for seed in UInt64(1)...300 {
            var run = try ModelRun(seed: seed, template: template)
            var lately: [String] = []
            for step in 0..<56 {
                let operation = try run.step()
                if operation.hasPrefix("FAULT") {
                    Issue.record("seed \(seed), step \(step): \(operation)")
                    return
                }
                lately = Array((lately + [operation]).suffix(24))
                // Looking at everything costs more than doing something: only now and then.
                if step % 8 == 7, let fault = try run.fault() {
                    Issue.record("seed \(seed), step \(step): \(fault), after \(lately.joined(separator: "; "))")
                    return
                }
            }
            count.add(run.count)
        }
        // The lives are worth something only if they see everything.
        #expect(count.dropped > 80 && count.moved > 80 && count.wishes > 200 && count.closed > 50, "\(count)")
    }
}

/// One life: a store, its model, and what is under way.
private struct ModelRun {
    struct Count {
        var dropped = 0
        var moved = 0
        var wishes = 0
        var closed = 0

        mutating func add(_ other: Count) {
            dropped += other.dropped
            moved += other.moved
            wishes += other.wishes
            closed += other.closed
        }
    }

    private struct Flight {
        var url: String
        var life: Int
        var leased: LeasedURL
    }

    static let origins = (0..<3).map { "https://o\($0).example" }
    static let paths = Collision.same + Collision.chain + ["/", "/a", "/b?c=%20", "/c"]
    static let urls = origins.flatMap { origin in paths.map { origin + $0 } }

    private let folder: FrontierFolder
    private var store: FrontierStore
    private var model = FrontierModel()
    private var random: SeededRandom
    private var now = at(0)
    private var flights: [Flight] = []
    private var incidents = 0
    private(set) var count = Count()

    init(seed: UInt64, template: FrontierFolder) throws {
        random = SeededRandom(seed: seed)
        folder = try FrontierFolder()
        try FileManager.default.copyItem(atPath: template.path, toPath: folder.path)
        store = try folder.openKeyed { $0.chunk = 3 }
    }

    // MARK: Operations

    mutating func step() throws -> String {
        now = now + .seconds(random.int(0...30))
        switch random.int(0...99) {
        case 0..<30: return try enqueue()
        case 30..<55: return try lease()
        case 55..<80: return try complete()
        case 80..<86: return try removeOrRevive(whole: false)
        case 86..<88: return try removeOrRevive(whole: true)
        case 88..<90: return try reopen()
        case 90..<96: return try hold()
        default: return try drain()
        }
    }

    private mutating func options() -> EnqueueOptions {
        var options = EnqueueOptions()
        if random.chance(0.3) { options.priority = random.int(-1...1) }
        // Round times meet each other: a due time set again to what it was.
        if random.chance(0.3) { options.dueAt = at(Double(random.int(0...20)) * 50) }
        if random.chance(0.2) {
            let hundred = Duration.seconds(100)
            options.recrawl = random.pick([.never, .every(hundred), .adaptive(hundred), .adaptive(nil)])
        }
        if random.chance(0.2) { options.meta = "{\"n\":\(random.int(0...9))}" }
        options.force = random.chance(0.2)
        return options
    }

    private mutating func enqueue() throws -> String {
        var batch = EnqueueBatch()
        var expected = EnqueueReceipt()
        var lines: [(String, EnqueueOptions)] = []
        for _ in 0..<random.int(1...8) { lines.append((random.pick(Self.urls) ?? "", options())) }
        for (url, options) in lines {
            batch.append(CrawlURL(url), options: options)
            if model.enqueue(url, options, now: now) { expected.new += 1 } else { expected.known += 1 }
        }
        let receipt = try store.enqueue(batch, now: now).receipt
        return receipt == expected ? "enqueue \(lines)" : "FAULT enqueue: \(receipt), not \(expected)"
    }

    private mutating func lease() throws -> String {
        guard let origin = random.pick(Self.origins) else { return "" }
        let limit = random.int(0...6)
        let lease = try store.lease(
            origin, now: now, limit: limit, healthLimit: random.int(0...3), without: Set(flights.map(\.leased.id)))
        for url in lease.urls + lease.health where random.chance(0.7) {
            let name = origin + lease.path(url)
            guard let row = model.rows[name] else { return "FAULT lease gave \(name), which is unknown" }
            flights.append(Flight(url: name, life: row.life, leased: url))
        }
        return "lease of \(origin)"
    }

    private mutating func complete() throws -> String {
        var verdicts: [Verdict] = []
        for _ in 0..<random.int(1...5) where !flights.isEmpty {
            let flight = flights.remove(at: random.int(0...(flights.count - 1)))
            let verdict = self.verdict(flight)
            let row = model.rows[flight.url]
            if row?.life != flight.life {
                count.dropped += 1
            } else if row?.due != verdict.leasedDueAt {
                count.wishes += 1
            }
            model.complete(flight.url, life: flight.life, verdict)
            verdicts.append(verdict)
        }
        verdicts.shuffle(using: &random)
        let drained = try Self.origins.compactMap { try store.originNumber($0) }.filter { _ in random.chance(0.3) }
        try store.complete(verdicts, drained: drained, now: now)
        return "complete of \(verdicts.map(\.id))"
    }

    private mutating func verdict(_ flight: Flight) -> Verdict {
        let url = flight.leased
        let later = now + .seconds(random.int(1...200))
        var record = url.health?.record ?? HealthRecord(streakSince: now)
        record.requests += 1
        if let mark = record.mark, random.chance(0.5) {
            return url.verdict(state: .done, at: now) {
                $0.event = .resolved
                $0.incident = mark.incident
            }
        }
        if record.mark != nil {
            let box = HealthBox(record)
            return url.verdict(.serverError, state: .brokenOrigin, at: now) {
                $0.health = box
                $0.healthDueAt = later
            }
        }
        switch random.int(0...5) {
        case 0: return url.verdict(state: .scheduled, at: now) { $0.dueAt = later }
        case 1: return url.verdict(.gone, state: .gone, at: now) { if later.ms % 2 == 0 { $0.dueAt = later } }
        case 2:
            return url.verdict(at: now) {
                $0.content = Verdict.Content(digest: nil, bytes: later.ms, etag: nil, lastModified: nil)
            }
        case 3:
            record.level += 1
            record.phase = .healthy
            let box = HealthBox(record)
            return url.verdict(.truncated, state: .scheduled, at: now) {
                $0.health = box
                $0.dueAt = later
            }
        case 4: return url.pending(due: later, at: now)
        default:
            incidents += 1
            return url.marked(.numbered(incidents), recheck: random.chance(0.2) ? nil : later, at: now)
        }
    }

    private mutating func removeOrRevive(whole: Bool) throws -> String {
        guard let url = random.pick(Self.urls), let origin = random.pick(Self.origins) else { return "" }
        let isRemoval = random.chance(0.6)
        let target = whole ? FrontierTarget.origin(origin) : .url(CrawlURL(url))
        let known =
            whole ? model.rows.keys.filter { $0.hasPrefix(origin + "/") } : [url].filter { model.rows[$0] != nil }
        let affected = known.filter { isRemoval || !whole || model.rows[$0]?.health != nil }
        let before = try numbers()
        let open = model.openIncidents.count
        let commit = try isRemoval ? store.remove(target, now: now) : store.revive(target, now: now)
        for url in affected { if isRemoval { model.remove(url) } else { model.revive(url, now: now) } }
        count.closed += open - model.openIncidents.count
        var released = 0
        if let changed = commit.map({ _ in whole ? origin : CrawlURL(url).origin }), model.holds[changed] != nil {
            if whole, !isRemoval { released = 1 }
            if whole && !isRemoval || model.rows(of: changed).isEmpty { model.holds[changed] = nil }
        }
        let after = try numbers()
        for (url, id) in after where before[url] != id {
            model.renumber(url)
            count.moved += 1
        }
        let operation = "\(isRemoval ? "remove" : "revive") of \(target)"
        return commit?.affected ?? 0 == affected.count + released
            ? operation : "FAULT \(operation): \(commit?.affected ?? 0) affected"
    }

    private func numbers() throws -> [String: Int64] {
        var numbers: [String: Int64] = [:]
        for url in model.rows.keys { numbers[url] = try store.get(url)?.id }
        return numbers
    }

    private mutating func reopen() throws -> String {
        store = try folder.openKeyed { $0.chunk = 3 }
        flights = []
        return "reopen"
    }

    /// What an answer for robots.txt leads to.
    private mutating func hold() throws -> String {
        guard let origin = random.pick(Self.origins), let number = try store.originNumber(origin) else { return "" }
        let holds: [OriginRobots.Hold?] = [nil, .robotsUnreachable, .originBroken]
        let hold = random.pick(holds) ?? nil
        let version = try store.lease(
            LeaseRequest(origin: number, now: now, limit: 0, healthLimit: 0, wantsRobots: true)
        ).robots?.version
        var change = RobotsChange(
            origin: number, version: version ?? 0, at: now, outcome: .serverError, status: 500)
        change.hold = hold
        change.health = hold.map { _ in HealthBox(HealthRecord(streakSince: now)) }
        _ = try store.complete(Completion(robots: [change]), now: now)
        model.holds[origin] = hold
        return "hold of \(origin): \(String(describing: hold))"
    }

    private mutating func drain() throws -> String {
        let drained = try Self.origins.compactMap { try store.originNumber($0) }
        try store.complete([], drained: drained, now: now)
        return "drain"
    }

    // MARK: Checks

    /// What does not agree; nil = nothing.
    func fault() throws -> String? {
        for url in Self.urls {
            if let fault = fault(try store.get(url), model.rows[url]) { return "\(url): \(fault)" }
        }
        let tally = try store.tallies()
        let expected = Dictionary(grouping: model.rows.values, by: \.state).mapValues(\.count)
        guard tally.kept == expected, tally.counted == expected else { return "tally \(tally), not \(expected)" }
        let due = try store.dueMinutes()
        guard due.kept == due.counted else { return "due are \(due.kept), not \(due.counted)" }
        let held = try store.stats().heldURLs
        guard held == model.held.count else { return "\(held) held, not \(model.held.count)" }
        let listed = try all(URLFilter(state: .held), limit: 2).map(\.url)
        guard listed.count == held, Set(listed) == model.held else { return "held are \(listed)" }
        let open = try store.incidents(openOnly: true, after: nil, limit: 10_000)
        guard Set(open.map(\.facts.incident)) == model.openIncidents else { return "open incidents" }
        let alerts = try store.alerts(after: 0, limit: 10_000)
        guard alerts.count == model.alerts else { return "\(alerts.count) alerts, not \(model.alerts)" }
        let opening = Set(try store.opening(now: now).origins)
        for origin in Self.origins {
            if let fault = try fault(leasing: origin, opening) { return "\(origin): \(fault)" }
        }
        return nil
    }

    private func all(_ filter: URLFilter, limit: Int) throws -> [StoredURL] {
        var rows: [StoredURL] = []
        var after: Int64? = -1
        while let first = after {
            let page = try store.page(filter, after: first, limit: limit)
            rows += page.rows
            after = page.next
        }
        return rows
    }

    private func fault(_ stored: StoredURL?, _ row: FrontierModel.Row?) -> String? {
        guard let row else { return stored == nil ? nil : "should be gone" }
        guard let stored else { return "is gone" }
        let pairs: [(String, Any?, Any?)] = [
            ("state", stored.state, row.state), ("priority", stored.priority, row.priority),
            ("due", stored.dueAt, row.due ?? row.healthDue), ("recrawl", stored.recrawl, row.recrawl),
            ("attempts", stored.attempts, row.attempts), ("last", stored.lastAt, row.lastAt),
            ("outcome", stored.lastOutcome, row.lastOutcome), ("health", stored.health, row.health),
            ("meta", stored.meta, row.meta), ("content", stored.content?.bytes, row.contentBytes),
        ]
        for (name, found, should) in pairs where String(describing: found) != String(describing: should) {
            return "\(name) is \(String(describing: found)), not \(String(describing: should))"
        }
        return nil
    }

    private func fault(leasing origin: String, _ opening: Set<Int64>) throws -> String? {
        let outstanding = Set(flights.map(\.leased.id))
        var hidden: Set<String> = []
        for url in Self.urls { if let id = try store.get(url)?.id, outstanding.contains(id) { hidden.insert(url) } }
        let all = try store.lease(origin, now: now, without: outstanding)
        let due = model.due(origin, now: now, without: hidden)
        guard Set(all.paths.map { origin + $0 }) == Set(due.map(\.url)), all.urls.count == due.count else {
            return "due are \(all.paths), not \(due.map(\.url))"
        }
        guard all.urls.map(\.dueAt) == due.map(\.row.due) else { return "order: \(all.paths), not \(due.map(\.url))" }
        let health = model.healthDue(origin, now: now, without: hidden)
        guard Set(all.healthPaths.map { origin + $0 }) == Set(health.map(\.url)),
            all.health.map(\.dueAt) == health.map(\.row.healthDue)
        else { return "health due are \(all.healthPaths), not \(health.map(\.url))" }
        let rows = model.rows.filter { $0.key.hasPrefix(origin + "/") }.values
        guard all.nextDueAt == rows.compactMap(\.due).filter({ $0 > now }).min() else {
            return "next due is \(String(describing: all.nextDueAt))"
        }
        let hasWork = rows.contains { $0.due != nil || $0.healthDue != nil }
        if hasWork, let number = try store.originNumber(origin), !opening.contains(number) {
            return "its work is hidden from the next start"
        }
        return nil
    }
}
