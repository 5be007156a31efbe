import CrawlTesting
import Testing

@testable import CrawlCore

/// How the scheduler asks an origin that cost a worker more than its share.
struct SchedulerQuarantineTests {
    @Test(
        "it moves when none of its requests is in flight, and back when its time is over",
        arguments: [1, 2, 5])
    func moves(perOrigin: Int) {
        var trial = SchedulerTrial { $0.perOriginInFlight = perOrigin }
        let bad = MemoryFrontier.id(1, 3)
        trial.server = { id, _ in
            var reply = SchedulerTrial.Reply(after: .milliseconds(100 + id % 7 * 700))
            if id == bad { reply.flags = .overdrew }
            return reply
        }
        for n in 0..<800 { trial.enqueue(1, n) }
        trial.run(until: at(3000))
        #expect(trial.faults.isEmpty, "\(trial.faults)")
        let starts = trial.starts
        #expect(starts.count == 800)
        let moves = starts.filter(\.route.hasMoved)
        #expect(moves.map(\.route.isApart) == [true, false])
        // While it is asked apart each moment at which it could move is told; of five there is always another.
        #expect(perOrigin > 2 || starts.contains { $0.route.isAlone && !$0.route.hasMoved })
        #expect(moves.allSatisfy { $0.route.isAlone == $0.route.isApart })
        let answered = trial.verdicts.first { $0.id == bad }?.at ?? at(0)
        let first = starts.first { $0.route.isApart }?.at ?? at(0)
        let last = starts.last { $0.route.isApart }?.at ?? at(0)
        #expect(first >= answered && first < answered + .seconds(10))
        #expect(last < answered + Quarantine.stay)
        #expect(!starts.contains { $0.route.http1 })
    }

    @Test(
        "over HTTP/1.1 and one at a time, until the URL's streak ends",
        arguments: [FetchResult.Flags.stalledInParser, .overhead])
    func slowed(flag: FetchResult.Flags) {
        var trial = SchedulerTrial { $0.perOriginInFlight = 4 }
        let bad = MemoryFrontier.id(1, 2)
        trial.server = { id, now in
            var reply = SchedulerTrial.Reply(after: .milliseconds(3500))
            guard id == bad, now < at(400) else { return reply }
            reply.classification = Classification(.truncated)
            reply.flags = flag
            return reply
        }
        for n in 0..<600 { trial.enqueue(1, n) }
        trial.run(until: at(20_000))
        trial.enqueue(1, 601)
        trial.run(until: at(21_000))
        #expect(trial.faults.isEmpty, "\(trial.faults)")
        let apart = trial.starts.filter(\.route.isApart)
        #expect(apart.count > 20 && apart.allSatisfy(\.route.http1))
        // One at a time: the next begins when the one before was answered.
        #expect(zip(apart, apart.dropFirst()).allSatisfy { $1.at - $0.at >= .milliseconds(3500) })
        let healed = trial.verdicts.first { $0.id == bad && $0.outcome == .success }?.at
        #expect(healed != nil)
        #expect(trial.scheduler.stayApart(of: 1, now: at(20_000)) == nil)
        #expect(apart.allSatisfy { $0.at <= healed ?? at(0) })
        #expect(trial.starts.last.map { !$0.route.isApart && !$0.route.http1 } ?? false)
    }

    @Test("others stay where they are")
    func others() {
        var trial = SchedulerTrial()
        trial.server = { id, _ in
            var reply = SchedulerTrial.Reply()
            if URLKey.origin(of: id) == 1 { reply.flags = .overdrew }
            return reply
        }
        for origin in 1...5 { for n in 0..<20 { trial.enqueue(Int64(origin), n) } }
        trial.run(until: at(100))
        #expect(trial.starts.count == 100)
        #expect(trial.starts.allSatisfy { $0.route.isApart == ($0.origin == 1 && $0.at > at(0)) })
        #expect(trial.scheduler.apartCount(now: at(100)) == 1)
    }

    @Test("ended over HTTP/2 it is asked once more over HTTP/1.1, and only that counts")
    func asksAgain() {
        var trial = SchedulerTrial()
        trial.asksAgain = true
        let bad = MemoryFrontier.id(1, 0)
        var asked = 0
        trial.server = { id, _ in
            var reply = SchedulerTrial.Reply()
            guard id == bad else { return reply }
            asked += 1
            guard asked == 1 else { return reply }
            reply.classification = Classification(.unknownOriginError)
            reply.flags = [.overhead, .connected]
            reply.isHTTP2Failure = true
            return reply
        }
        for n in 0..<4 { trial.enqueue(1, n) }
        trial.run(until: at(100))
        #expect(trial.faults.isEmpty, "\(trial.faults)")
        #expect(trial.starts.filter { $0.id == bad }.map(\.route.http1) == [false, true])
        #expect(trial.starts.map(\.route.isApart) == [false, true, true, true, true])
        #expect(trial.verdicts.filter { $0.id == bad }.map(\.outcome) == [.success])
        #expect(trial.verdicts.count == 4)
    }

    @Test("the next request is asked over HTTP/1.1 though the stay is over by then: it is asked again once")
    func asksAgainOnce() {
        var trial = SchedulerTrial { $0.crawlDelay = .seconds(900) }
        trial.asksAgain = true
        trial.server = { _, _ in
            var reply = SchedulerTrial.Reply()
            reply.classification = Classification(.unknownOriginError)
            reply.flags = [.overhead, .connected]
            reply.isHTTP2Failure = true
            return reply
        }
        trial.enqueue(1, 0)
        trial.run(until: at(1000))
        #expect(trial.faults.isEmpty, "\(trial.faults)")
        #expect(trial.starts.map(\.route.http1) == [false, true])
        #expect(trial.verdicts.count == 1)
    }

    /// What may happen to an origin while it is apart, and whether the streak of its URL 0 is known of after it.
    static let interventions: [(name: String, isForgotten: Bool, act: @Sendable (inout Scheduler, Instant) -> Void)] = [
        ("a lease that failed", false, { $0.reconsider(origin: 1, now: $1) }),
        ("another URL was changed by hand", false, { $0.changed(.url(MemoryFrontier.id(1, 5)), now: $1) }),
        ("another origin was", false, { $0.changed(.origin(2), now: $1) }),
        ("that URL was", true, { $0.changed(.url(MemoryFrontier.id(1, 0)), now: $1) }),
        ("its origin was", true, { $0.changed(.origin(1), now: $1) }),
    ]

    @Test("only who changes its URL by hand, or all of its origin, ends a streak", arguments: interventions.indices)
    func streakChangedByHand(index: Int) {
        let (name, isForgotten, act) = Self.interventions[index]
        var trial = SchedulerTrial()
        trial.server = { _, _ in
            var reply = SchedulerTrial.Reply(.truncated)
            reply.flags = .overhead
            return reply
        }
        trial.enqueue(1, 0)
        trial.run(until: at(1))
        #expect(trial.starts.count == 1)
        act(&trial.scheduler, at(1))
        let stay = trial.scheduler.stayApart(of: 1, now: at(1))
        #expect(stay?.reason == .overhead && stay?.until == (isForgotten ? at(601) : nil), "\(name)")
    }

    @Test("nor does anything else make it be asked over HTTP/2 again", arguments: interventions.indices)
    func askedAgainChangedByHand(index: Int) {
        let (name, isForgotten, act) = Self.interventions[index]
        var trial = SchedulerTrial { $0.crawlDelay = .seconds(900) }
        trial.asksAgain = true
        trial.server = { _, _ in
            var reply = SchedulerTrial.Reply(.unknownOriginError)
            reply.flags = [.overhead, .connected]
            reply.isHTTP2Failure = true
            return reply
        }
        trial.enqueue(1, 0)
        trial.run(until: at(450))
        act(&trial.scheduler, at(450))
        trial.run(until: at(1000))
        #expect(trial.starts.map(\.route.http1) == [false, !isForgotten], "\(name)")
    }

    @Test("the clock is set: the stay is as long as before", arguments: [-3600.0, 3600])
    func clockSet(step: Double) {
        var quarantine = Quarantine()
        var result = FetchResult(ticket: 1, startedAt: at(0), completedAt: at(0))
        result.flags = .overdrew
        quarantine.note(result, of: 1, isOwn: true, kind: .good, now: at(0)) { _ in false }
        quarantine.move(by: .seconds(step))
        #expect(quarantine.stay(of: 1, at(step))?.until == at(step + 600))
    }
}
