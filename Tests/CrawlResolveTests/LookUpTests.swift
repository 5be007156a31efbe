import CrawlCore
import Testing

@testable import CrawlResolve

/// A look-up of both families, or of IPv4 alone, at some servers, carried by hand.
struct Carried {
    var look: LookUp
    var servers: Int
    var schedule = RetrySchedule()
    let start = Instant(ms: 1_000_000)

    init(_ families: NameFamilies = .both, servers: Int = 1, isJudged: Bool = false) {
        look = LookUp(isJudged: isJudged)
        self.servers = servers
        let actions = look.begin(families, first: 0)
        for family in 0...1 where actions.contains(.ask(family)) { look.sent(family, start) }
    }

    /// An answer to the last sending, by the server that was asked; what is to be sent at once is sent.
    mutating func answer(_ family: Int, _ answer: DNSAnswer) -> LookUp.Actions {
        send(
            look.answered(
                family, answer, by: look[family].server, sending: look[family].sendings, servers: servers,
                schedule: schedule))
    }

    mutating func answer(_ family: Int, _ kind: DNSAnswer.Kind, ttl: UInt32? = nil) -> LookUp.Actions {
        answer(family, DNSAnswer(kind, ttl: ttl))
    }

    mutating func wait(_ family: Int) -> LookUp.Actions {
        send(look.waited(family, servers: servers, schedule: schedule))
    }

    /// Nobody answers a family until it is given up.
    mutating func waitOut(_ family: Int) -> LookUp.Actions {
        var actions: LookUp.Actions = []
        for _ in schedule.steps where !look[family].isDone { actions = wait(family) }
        return actions
    }

    private mutating func send(_ actions: LookUp.Actions) -> LookUp.Actions {
        for i in 0...1 where !actions.isDisjoint(with: [.ask(i), .slow(i), .place(i), .pause(i)]) {
            look.sent(i, start)
        }
        return actions
    }
}

struct LookUpTests {
    static let v4 = DNSAnswer(.addresses, addresses: [IPAddress(v4: 0x7F00_0001)], ttl: 60)
    static let v6 = DNSAnswer(.addresses, addresses: [IPAddress(v6High: 0, low: 1)], ttl: 30)
    private static let both = NameAnswer.Finding.addresses(v4.addresses + v6.addresses, ttl: .seconds(30))

    /// How the two families' answers make one finding, in either order.
    struct Pair: Sendable, CustomTestStringConvertible {
        var v4: DNSAnswer?
        var v6: DNSAnswer?
        var finding: NameAnswer.Finding

        var testDescription: String { "\(Self.name(v4)), \(Self.name(v6))" }

        private static func name(_ answer: DNSAnswer?) -> String { answer.map { "\($0.kind)" } ?? "silence" }

        /// nil = silence.
        init(_ v4: DNSAnswer?, _ v6: DNSAnswer?, _ finding: NameAnswer.Finding) {
            self.v4 = v4
            self.v6 = v6
            self.finding = finding
        }

        private static func failed(_ kind: NameFailure.Kind) -> NameAnswer.Finding { .failed(NameFailure(kind)) }
        private static let none = DNSAnswer(.noName, ttl: 9)
        private static let nodata = DNSAnswer(.noAddress, ttl: 8)

        static let all: [Pair] = [
            Pair(LookUpTests.v4, LookUpTests.v6, both),
            Pair(LookUpTests.v4, none, .addresses(LookUpTests.v4.addresses, ttl: .seconds(60))),
            Pair(LookUpTests.v4, DNSAnswer(.serverFailure), .addresses(LookUpTests.v4.addresses, ttl: .seconds(60))),
            Pair(LookUpTests.v4, nil, .addresses(LookUpTests.v4.addresses, ttl: .seconds(60))),
            Pair(nodata, LookUpTests.v6, .addresses(LookUpTests.v6.addresses, ttl: .seconds(30))),
            Pair(DNSAnswer(.serverFailure), LookUpTests.v6, .addresses(LookUpTests.v6.addresses, ttl: .seconds(30))),
            Pair(none, none, .noName(ttl: .seconds(9))),
            Pair(none, DNSAnswer(.serverFailure), .noName(ttl: .seconds(9))),
            Pair(none, nil, .noName(ttl: .seconds(9))),
            Pair(DNSAnswer(.serverFailure), none, failed(.serverFailure)),
            Pair(nil, none, failed(.timedOut)),
            Pair(nodata, nodata, .noAddress(ttl: .seconds(8))),
            Pair(nodata, none, .noAddress(ttl: .seconds(8))),
            Pair(none, nodata, .noAddress(ttl: .seconds(8))),
            Pair(DNSAnswer(.noAddress), nodata, .noAddress(ttl: nil)),
            Pair(nodata, DNSAnswer(.garbled), failed(.garbled)),
            Pair(nodata, nil, failed(.timedOut)),
            Pair(nil, nodata, failed(.timedOut)),
            Pair(nil, nil, failed(.timedOut)),
            Pair(DNSAnswer(.garbled), DNSAnswer(.serverFailure), failed(.garbled)),
        ]
    }

    @Test(arguments: Pair.all, [[0, 1], [1, 0]])
    func twoAnswersMakeOneFinding(_ pair: Pair, _ order: [Int]) {
        var carried = Carried()
        var actions: LookUp.Actions = []
        for family in order where !carried.look.isEnded {
            guard let answer = family == 0 ? pair.v4 : pair.v6 else { continue }
            actions = carried.answer(family, answer)
        }
        for family in 0...1 where !carried.look.isEnded && !carried.look[family].isDone {
            if actions.contains(.delay) { actions = carried.look.delayOver() }
            if !carried.look.isEnded { actions = carried.waitOut(family) }
        }
        #expect(actions.contains(.end))
        #expect(carried.look.finding == pair.finding)
    }

    @Test func theOtherFamilyIsWaitedForOnlyAShortWhile() {
        var carried = Carried()
        #expect(carried.answer(0, Self.v4) == [.leave(0), .delay])
        #expect(!carried.look.isEnded)
        #expect(carried.look.delayOver() == .end)
        // Its question still has its place, until it is answered or its time is over.
        #expect(carried.wait(1) == .leave(1))
    }

    @Test func bothInTimeAreBothDelivered() {
        var carried = Carried()
        _ = carried.answer(1, Self.v6)
        #expect(carried.answer(0, Self.v4) == [.leave(0), .end])
        #expect(carried.look.finding == Self.both)
    }

    @Test func aNameOfAnotherFamilyIsToldFromOneWithoutAddress() {
        var carried = Carried(.v4)
        #expect(carried.answer(0, .noAddress, ttl: 5) == [.leave(0), .place(1)])
        #expect(carried.answer(1, Self.v6) == [.leave(1), .end])
        #expect(carried.look.finding == .failed(NameFailure(.otherFamily)))

        carried = Carried(.v4)
        _ = carried.answer(0, .noAddress, ttl: 5)
        _ = carried.answer(1, .noAddress, ttl: 4)
        #expect(carried.look.finding == .noAddress(ttl: .seconds(4)))
    }

    @Test func aLookUpIsSlowOnceAfterTheFirstStep() {
        var carried = Carried()
        #expect(carried.wait(0) == [.slow(0), .tellSlow])
        #expect(carried.wait(1) == .slow(1))
        #expect(carried.wait(0) == .ask(0))
        _ = carried.wait(0)
        #expect(carried.answer(1, .noAddress) == [.leave(1), .end])
    }

    @Test func silentServersAreAskedInTurn() {
        var carried = Carried(.v4, servers: 3)
        var asked = [carried.look[0].server]
        while !carried.look.isEnded {
            if carried.wait(0).contains(.leave(0)) { break }
            asked.append(carried.look[0].server)
        }
        #expect(asked == [0, 1, 2])
        #expect(carried.look.blamed == 0b111)
    }

    @Test func aServerThatCannotIsFollowedByTheNextAtOnce() {
        var carried = Carried(.v4, servers: 2)
        #expect(carried.answer(0, .serverFailure) == .ask(0))
        #expect(carried.look[0].server == 1)
        #expect(carried.answer(0, Self.v4) == [.leave(0), .end])
    }

    @Test func aLateAnswerOfAServerAskedBeforeCounts() {
        var carried = Carried(.v4, servers: 2)
        _ = carried.wait(0)
        let actions = carried.look.answered(0, Self.v4, by: 0, sending: 1, servers: 2, schedule: carried.schedule)
        #expect(actions == [.leave(0), .end])
    }

    @Test func nobodyListeningMeansTheNextServer() {
        var carried = Carried(.v4, servers: 2)
        let sending = carried.look[0].sendings
        #expect(carried.look.found(unreachable: 0, 0, sending: sending, servers: 2) == .ask(0))
        carried.look.sent(0, carried.start)
        // There is none left: the time of the step is waited for.
        #expect(carried.look.found(unreachable: 1, 0, sending: sending + 1, servers: 2) == [])
        #expect(carried.waitOut(0).contains(.end))
        #expect(carried.look.finding == .failed(NameFailure(.timedOut)))
    }

    @Test func refusedIsAFindingOnlyAfterAllPauses() {
        var carried = Carried(.v4, servers: 2, isJudged: true)
        for _ in carried.schedule.pauses {
            #expect(carried.answer(0, .refused) == .ask(0))
            #expect(carried.answer(0, .refused) == .pause(0))
        }
        _ = carried.answer(0, .refused)
        #expect(carried.answer(0, .refused) == [.leave(0), .end])
        #expect(carried.look.finding == .failed(NameFailure(.refused)))
    }

    @Test func aFailureThatWasRefusedElsewhereIsAFailure() {
        var carried = Carried(.v4, servers: 2)
        _ = carried.answer(0, .refused)
        #expect(carried.answer(0, .serverFailure).contains(.end))
        #expect(carried.look.finding == .failed(NameFailure(.serverFailure)))
    }

    @Test func aMachineWithoutSocketsIsNotTheServersFault() {
        var carried = Carried(.v4, isJudged: true)
        for _ in carried.schedule.pauses {
            #expect(carried.look.lacked(0, errno: 24, schedule: carried.schedule) == .pause(0))
        }
        #expect(carried.look.lacked(0, errno: 24, schedule: carried.schedule).contains(.end))
        var failure = NameFailure(.lacking)
        failure.errno = 24
        #expect(carried.look.finding == .failed(failure))
    }

    // MARK: Judged

    @Test(arguments: [DNSAnswer.Kind.serverFailure, .garbled])
    func aFailureIsConfirmedAndThenJudged(_ kind: DNSAnswer.Kind) {
        var carried = Carried(.v4, isJudged: true)
        #expect(carried.answer(0, kind) == [.leave(0), .tellUnjudged, .confirm])
        #expect(carried.look.again(first: 0) == .place(0))
        carried.look.sent(0, carried.start)
        #expect(carried.answer(0, kind) == [.leave(0), .control])
        #expect(carried.look.judge(answersOthers: true) == .end)
        guard case .failed(let failure) = carried.look.finding else { Issue.record("no failure"); return }
        #expect(failure.isConfirmed)
        #expect(failure.answersOthers)
    }

    @Test func whatTheSecondRoundFindsCounts() {
        var carried = Carried(.v4, isJudged: true)
        _ = carried.waitOut(0)
        _ = carried.look.again(first: 0)
        carried.look.sent(0, carried.start)
        #expect(carried.answer(0, Self.v4) == [.leave(0), .end])
        #expect(carried.look.finding == .addresses(Self.v4.addresses, ttl: .seconds(60)))
    }

    @Test func anAnswerBetweenTheRoundsCounts() {
        var carried = Carried(.v4, isJudged: true)
        _ = carried.waitOut(0)
        #expect(carried.answer(0, .serverFailure) == [])
        #expect(carried.answer(0, Self.v4) == .end)
    }

    @Test func anAnswerToTheFirstRoundDoesNotFailTheSecond() {
        var carried = Carried(.v4, isJudged: true)
        _ = carried.waitOut(0)
        let old = carried.look[0].sendings
        _ = carried.look.again(first: 0)
        carried.look.sent(0, carried.start)
        let actions = carried.look.answered(
            0, DNSAnswer(.serverFailure), by: 0, sending: old, servers: 1, schedule: carried.schedule)
        #expect(actions == [])
        #expect(!carried.look[0].isDone)
    }

    @Test func aLookUpThatIsNotJudgedFailsAtOnce() {
        var carried = Carried(.v4)
        #expect(carried.answer(0, .serverFailure) == [.leave(0), .end])
        #expect(carried.look.finding == .failed(NameFailure(.serverFailure)))
    }
}

struct ServerRecordTests {
    private let now = Instant(ms: 1_000_000)

    @Test func othersAreOtherNamesOfTheLastMinute() {
        var record = ServerRecord(servers: 2)
        record.answered(0, name: 1, now)
        #expect(!record.answersOthers(0b01, than: 1, now))
        #expect(record.answersOthers(0b01, than: 2, now + .milliseconds(59_999)))
        #expect(!record.answersOthers(0b01, than: 2, now + .seconds(60)))
        #expect(!record.answersOthers(0b10, than: 2, now))
        // The name itself was answered last, another before it.
        record.answered(0, name: 2, now)
        record.answered(0, name: 2, now)
        #expect(record.answersOthers(0b11, than: 2, now))
    }

    @Test func aSilentServerIsAskedLastAndTriedNowAndThen() {
        var record = ServerRecord(servers: 2)
        for _ in 0..<3 { record.unanswered(0) }
        #expect(record.first(now) == 1)
        #expect(record.first(now + .milliseconds(4999)) == 1)
        #expect(record.first(now + .seconds(5)) == 0)
        #expect(record.first(now + .milliseconds(5001)) == 1)
        record.answered(0, name: 1, now)
        #expect(record.first(now) == 0)
    }

    @Test func theOnlyServerIsAskedHoweverSilentItIs() {
        var record = ServerRecord(servers: 1)
        for _ in 0..<9 { record.unanswered(0) }
        #expect(record.first(now) == 0)
    }
}

struct ControlsTests {
    private let now = Instant(ms: 1_000_000)

    @Test func oneControlServesAllWhoWait() {
        var controls = Controls()
        guard case .ask(let name) = controls.ask("example", for: 1, random: { 35 }, now) else {
            Issue.record("no control")
            return
        }
        #expect(name == "c000000000000z.example")
        #expect(NameForm.of(name) == .name)
        #expect(controls.ask("example", for: 2, random: { 1 }, now) == .wait)
        #expect(controls.ended("example", isAnswered: false, now) == [1, 2])
        #expect(controls.ask("example", for: 3, random: { 1 }, now + .milliseconds(4999)) == .silent)
        #expect(controls.ask("example", for: 3, random: { 1 }, now + .seconds(5)) == .ask("c0000000000001.example"))
    }
}

struct DeadlinesTests {
    @Test func whatIsDueComesOutAndNothingElse() {
        var deadlines = Deadlines<Int>()
        let now = Instant(ms: 0)
        deadlines.add(1, after: .seconds(4), now)
        deadlines.add(2, after: .seconds(1), now)
        deadlines.add(3, after: .seconds(1), now + .milliseconds(1))
        #expect(deadlines.next { _ in false } == now + .seconds(1))
        #expect(deadlines.next { $0 == 2 } == now + .milliseconds(1001))
        #expect(deadlines.pop(now + .seconds(1)) == nil)
        #expect(deadlines.pop(now + .seconds(2)) == 3)
        #expect(deadlines.pop(now + .seconds(4)) == 1)
        #expect(deadlines.count == 0)
    }
}
