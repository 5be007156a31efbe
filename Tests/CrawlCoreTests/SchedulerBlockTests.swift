import Testing

@testable import CrawlCore

/// Throttled origins: how long they wait, and that one incident is one block.
struct SchedulerBlockTests {
    @Test("without Retry-After the whole origin waits 1 min, doubling to 24 h; a good answer ends it")
    func doubling() {
        var trial = SchedulerTrial()
        trial.server = { _, _ in SchedulerTrial.Reply(.throttled, after: .zero) }
        for n in 0..<3 { trial.enqueue(1, n) }
        trial.run(until: at(86_400 * 4))
        var expected = [0.0]
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440].map({ $0 * 60.0 }) {
            expected.append((expected.last ?? 0) + wait)
        }
        #expect(Array(trial.starts(of: 1).prefix(expected.count)) == expected)

        trial.server = { _, _ in SchedulerTrial.Reply(after: .zero) }
        trial.run(until: at(86_400 * 6))
        #expect(trial.verdicts.filter { $0.outcome == .success }.count == 3)
        trial.server = { _, _ in SchedulerTrial.Reply(.throttled, after: .zero) }
        trial.enqueue(1, 9)
        trial.run(until: at(86_400 * 6 + 100))
        let again: [Double] = [518_400, 518_460]
        #expect(Array(trial.starts(of: 1).suffix(2)) == again)
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    struct Asked: CustomTestStringConvertible, Sendable {
        var name: String
        var retryAfter: Duration
        var wait: Double
        var testDescription: String { name }
    }

    @Test(
        "Retry-After is kept to, up to a limit",
        arguments: [
            Asked(name: "zero is no answer", retryAfter: .zero, wait: 60),
            Asked(name: "half a minute", retryAfter: .seconds(30), wait: 30),
            Asked(name: "the limit", retryAfter: .seconds(86_400), wait: 86_400),
            Asked(name: "a year", retryAfter: .seconds(86_400 * 365), wait: 86_400),
        ])
    func retryAfter(_ entry: Asked) {
        var trial = SchedulerTrial()
        trial.server = { _, now in
            now == at(0)
                ? SchedulerTrial.Reply(.throttled, after: .zero, retryAfter: entry.retryAfter) : SchedulerTrial.Reply()
        }
        for n in 0..<2 { trial.enqueue(1, n) }
        trial.run(until: at(86_400 * 2))
        #expect(trial.starts(of: 1) == [0, entry.wait, entry.wait + 1])
    }

    @Test("other origins go on, new URLs of the blocked one wait")
    func others() {
        var trial = SchedulerTrial()
        trial.server = { id, now in
            SchedulerTrial.Reply(URLKey.origin(of: id) == 1 && now < at(1) ? .throttled : .success)
        }
        for origin in Int64(1)...3 { for n in 0..<5 { trial.enqueue(origin, n) } }
        trial.run(until: at(10))
        trial.enqueue(1, 50, priority: 9, reorders: true)
        trial.run(until: at(200))
        #expect(trial.starts(of: 1).dropFirst().first == 60.1)
        #expect(trial.starts(of: 2) == [0, 1, 2, 3, 4])
        #expect(trial.starts(of: 3) == [0, 1, 2, 3, 4])
    }

    @Test("several throttled answers to requests that were under way together are one block")
    func oneIncident() {
        var trial = SchedulerTrial {
            $0.crawlDelay = .zero
            $0.perOriginInFlight = 4
        }
        trial.server = { _, _ in SchedulerTrial.Reply(.throttled) }
        for n in 0..<4 { trial.enqueue(1, n) }
        trial.run(until: at(1))
        #expect(trial.verdicts.compactMap(\.originBlock?.level) == [0, 0, 0, 0])
        trial.run(until: at(60.05))
        #expect(trial.starts.count == 4)
        trial.run(until: at(61))
        #expect(trial.verdicts.compactMap(\.originBlock?.level).suffix(4) == [1, 1, 1, 1])
        #expect(trial.starts(of: 1).suffix(4) == [60.1, 60.1, 60.1, 60.1])
    }

    @Test("an answer under way when the block began does not double it, even when the block is over already")
    func slowAnswer() {
        var trial = SchedulerTrial { $0.perOriginInFlight = 2 }
        let slow = MemoryFrontier.id(1, 0)
        trial.server = { id, now in
            if id == slow, now == at(0) { return SchedulerTrial.Reply(.throttled, after: .seconds(70)) }
            return now == at(1) ? SchedulerTrial.Reply(.throttled) : SchedulerTrial.Reply(after: .seconds(20))
        }
        for n in 0..<2 { trial.enqueue(1, n) }
        trial.run(until: at(75))
        #expect(trial.verdicts.compactMap(\.originBlock?.level) == [0, 0])
        #expect(trial.verdicts.last?.originBlock?.until == at(130))
        #expect(trial.faults.isEmpty, "\(trial.faults)")
    }

    @Test("an edge's code doubles its wait, and ends in `blocked`, however seldom the origin is asked")
    func seldom() {
        var trial = SchedulerTrial { $0.crawlDelay = .seconds(120) }
        trial.server = { _, _ in
            var reply = SchedulerTrial.Reply(.throttled, after: .zero)
            reply.classification.throttle = 1015
            return reply
        }
        trial.enqueue(1, 0)
        trial.run(until: at(86_400 * 4))
        // The waits are 30 s, 60, 120 …; the first two are over before the next request may be sent.
        #expect(
            trial.starts(of: 1) == [
                0, 120, 240, 360, 600, 1080, 2040, 3960, 7800, 15_480, 30_840, 61_560, 123_000,
            ])
        #expect(trial.verdicts.last?.outcome == .blocked && trial.verdicts.last?.state == .done)
    }

    @Test("a throttled probe is tried again when the block ends, and its window goes on")
    func probe() throws {
        var trial = SchedulerTrial()
        trial.server = { _, now in
            now >= at(300) && now < at(310)
                ? SchedulerTrial.Reply(.throttled) : SchedulerTrial.Reply(.unknownOriginError)
        }
        trial.enqueue(1, 0)
        trial.run(until: at(4000))
        #expect(trial.starts(of: 1).contains(360.2))
        let mark = try #require(trial.verdicts.first { $0.event == .marked })
        #expect(mark.at - at(0) < .seconds(3700))
    }

    @Test("a block from before the start is kept to, and its level goes on")
    func restart() {
        var opening = FrontierOpening()
        opening.origins = [1]
        opening.blocks = [(origin: 1, block: OriginBlock(until: at(500), level: 2))]
        var trial = SchedulerTrial(opening: opening)
        trial.frontier[MemoryFrontier.id(1, 0)] = MemoryFrontier.Row(due: at(0))
        trial.server = { _, _ in SchedulerTrial.Reply(.throttled, after: .zero) }
        trial.run(until: at(1000))
        #expect(trial.starts(of: 1) == [500, 980])
        #expect(trial.verdicts.first?.originBlock == OriginBlock(until: at(980), level: 3, forgivenAt: at(1460)))
    }
}
