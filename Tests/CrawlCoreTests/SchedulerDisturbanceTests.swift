import CrawlTesting
import Testing

@testable import CrawlCore

/// Rows that are changed by hand while their origin is being crawled: looked at again, and never lost.
struct SchedulerDisturbanceTests {
    @Test("a URL that comes before what is leased is asked next")
    func reorders() {
        var trial = SchedulerTrial()
        for n in 0..<10 { trial.enqueue(1, n) }
        trial.run(until: at(2.5))
        trial.enqueue(1, 99, priority: 5, reorders: true)
        trial.run(until: at(60))
        #expect(trial.starts[3].id & URLKey.hashMask == 99)
        #expect(trial.starts(of: 1) == (0...10).map { Double($0) })
        #expect(trial.scheduler.leasedRows == 0)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("leased rows that were removed are not asked")
    func removed() {
        var trial = SchedulerTrial()
        for n in 0..<10 { trial.enqueue(1, n) }
        trial.run(until: at(2.5))
        for n in 0..<8 { trial.frontier[MemoryFrontier.id(1, n)] = nil }
        trial.scheduler.reconsider(origin: 1, now: at(2.5))
        trial.run(until: at(60))
        #expect(trial.starts.map { $0.id & URLKey.hashMask } == [0, 1, 2, 8, 9])
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    struct Moment: CustomTestStringConvertible, Sendable {
        var name: String
        var at: Double
        var usesEnqueue: Bool
        var testDescription: String { "\(name), by \(usesEnqueue ? "enqueue" : "reconsider")" }
    }

    static let moments = [true, false].flatMap { usesEnqueue in
        [("in flight", 0.5), ("judged, not committed", 1.5), ("committed", 2.5)].map {
            Moment(name: $0.0, at: $0.1, usesEnqueue: usesEnqueue)
        }
    }

    @Test("a URL made due again while it is outstanding is asked again, once", arguments: moments)
    func whileOutstanding(_ moment: Moment) {
        var trial = SchedulerTrial()
        trial.commitDelay = .seconds(1)
        trial.server = { _, _ in SchedulerTrial.Reply(after: .seconds(1)) }
        trial.enqueue(1, 0)
        trial.run(until: at(moment.at))
        if moment.usesEnqueue {
            trial.enqueue(1, 0, due: at(moment.at), reorders: true)
        } else {
            trial.frontier[MemoryFrontier.id(1, 0)]?.due = at(moment.at)
            trial.frontier[MemoryFrontier.id(1, 0)]?.generation += 1
            trial.scheduler.reconsider(origin: 1, now: at(moment.at))
        }
        trial.run(until: at(100))
        #expect(trial.starts(of: 1) == [0, max(2, moment.at)])
        #expect(trial.drained == (moment.at > 2 ? [1, 1] : [1]))
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("a removed URL's answer is judged and forgotten")
    func removedInFlight() {
        var trial = SchedulerTrial()
        trial.enqueue(1, 0)
        trial.run(until: at(0.05))
        trial.frontier[MemoryFrontier.id(1, 0)] = nil
        trial.scheduler.reconsider(origin: 1, now: at(0.05))
        trial.run(until: at(100))
        #expect(trial.starts.count == 1)
        #expect(trial.drained == [1])
        #expect(trial.scheduler.nextWake() == nil)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("an answer nobody asked for leads to nothing")
    func unknownAnswer() {
        var trial = SchedulerTrial()
        let result = FetchResult(ticket: 7, startedAt: at(0), completedAt: at(1))
        #expect(trial.scheduler.judge(result, Classification(.success), now: at(1)) == nil)
        trial.enqueue(1, 0)
        trial.run(until: at(10))
        let again = FetchResult(ticket: MemoryFrontier.id(1, 0), startedAt: at(0), completedAt: at(1))
        #expect(trial.scheduler.judge(again, Classification(.success), now: at(1)) == nil)
        #expect(trial.scheduler.inFlight == 0)
    }

    @Test("300 random lives: none lost, none in flight twice, no origin over its rate, no busy loop")
    func randomLives() {
        var asked = 0
        for seed in UInt64(1)...300 {
            var random = SeededRandom(seed: seed)
            var opening = FrontierOpening()
            opening.wasUnclean = random.chance(0.5)
            var trial = SchedulerTrial(opening: opening, seed: seed) {
                $0.maxInFlight = random.int(1...6)
                $0.perOriginInFlight = random.int(1...3)
                $0.crawlDelay = .milliseconds(random.pick([0, 300, 1000, 5000]) ?? 0)
                $0.leaseLimit = random.int(1...50)
                $0.leasePerOrigin = random.int(1...5)
                $0.leasedLimit = random.int(1...60)
                $0.health.jitter = 0.1
            }
            trial.commitDelay = .milliseconds(random.int(0...3000))
            let trouble = random.pick([0, 0.2, 0.8]) ?? 0
            var world = SeededRandom(seed: seed &+ 1_000_000)
            trial.server = { _, _ in
                var outcome = Outcome.success
                if world.chance(trouble) { outcome = world.pick(Outcome.allCases) ?? .success }
                if outcome == .refusedByPolicy { outcome = .serverError }
                return SchedulerTrial.Reply(
                    outcome, after: .milliseconds(world.int(0...4000)),
                    retryAfter: world.chance(0.5) ? .seconds(world.int(0...20)) : nil)
            }
            var clock = 0.0
            for _ in 0..<40 {
                clock += Double(random.int(0...4000)) / 1000
                trial.run(until: at(clock))
                Self.disturb(&trial, &random)
            }
            // From here on the world is a good one, and everything that is due gets its turn.
            trial.scheduler.isPaused = false
            trial.server = { _, _ in SchedulerTrial.Reply(after: .milliseconds(10)) }
            trial.run(until: at(clock + 40 * 86_400))
            let left = trial.frontier.allRows.filter { $0.row.due != nil || $0.row.healthDue != nil }
            #expect(left.isEmpty, "seed \(seed): \(left.count) URLs were never asked")
            #expect(trial.faults.isEmpty, "seed \(seed): \(trial.faults.prefix(3))")
            #expect(trial.scheduler.leasedRows == 0 && trial.scheduler.inFlight == 0, "seed \(seed)")
            if !trial.faults.isEmpty || !left.isEmpty { return }
            asked += trial.starts.count
        }
        #expect(asked > 10_000, "\(asked)")
    }

    private static func disturb(_ trial: inout SchedulerTrial, _ random: inout SeededRandom) {
        let origin = Int64(random.int(1...4))
        let n = random.int(0...15)
        let id = MemoryFrontier.id(origin, n)
        switch random.int(0...9) {
        case 0...4:
            for _ in 0..<random.int(1...5) {
                // A run of its own schedule is not moved by an enqueue.
                let n = random.int(0...15)
                guard trial.frontier[MemoryFrontier.id(origin, n)]?.healthDue == nil else { continue }
                let priority = random.int(-1...1)
                trial.enqueue(
                    origin, n, due: trial.now + .seconds(random.int(-5...30)), priority: priority,
                    reorders: trial.frontier[MemoryFrontier.id(origin, n)] != nil || priority > 0)
            }
        case 5:  // removed
            trial.frontier[id] = nil
            trial.scheduler.reconsider(origin: origin, now: trial.now)
        case 6:  // revived
            guard let row = trial.frontier[id] else { return }
            trial.frontier[id] = MemoryFrontier.Row(due: trial.now, generation: row.generation + 1)
            trial.scheduler.reconsider(origin: origin, now: trial.now)
        case 7: trial.scheduler.isPaused.toggle()
        case 8: trial.scheduler.timeline += 1
        default: break
        }
    }

    @Test("an answer that is judged again too often counts as a request, and its URL is asked again")
    func judgedAgainTooOften() throws {
        var trial = SchedulerTrial()
        trial.server = { _, _ in SchedulerTrial.Reply(.unknownOriginError) }
        let left = Box(Scheduler.againLimit + 1)
        trial.isDisturbed = { _ in
            left.value -= 1
            return left.value >= 0
        }
        trial.enqueue(1, 0)
        trial.run(until: at(120))
        #expect(trial.starts.count > 2)
        #expect(trial.committed.count == trial.starts.count, "each request is counted once")
        let void = try #require(trial.committed.first)
        #expect(void.generation == -1 && void.wasAsked && void.outcome == .unknownOriginError)
        #expect(trial.committed.dropFirst().allSatisfy { $0.generation >= 0 })
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    private final class Box {
        var value: Int
        init(_ value: Int) { self.value = value }
    }
}
