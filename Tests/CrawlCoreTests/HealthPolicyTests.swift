import Testing

@testable import CrawlCore

/// Other numbers for single classes, and classes that are turned off.
struct HealthPolicyTests {
    private static let others = Outcome.failing.filter { $0 != .unknownOriginError }

    @Test("turned off: a class waits like a serverError and never leads to a mark", arguments: others)
    func off(outcome: Outcome) {
        var trial = HealthTrial { $0.policies[outcome] = HealthPolicy(isOff: true) }
        var now = 0.0
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440] as [Double] {
            let decision = trial.answer(outcome, now)
            now += minutes(wait)
            #expect(decision.next == .retry(at(now)))
            #expect(decision.event == nil && decision.record?.phase == .healthy)
        }
        var other = HealthTrial { $0.policies[outcome] = HealthPolicy(isOff: true) }
        #expect(other.answers(.unknownOriginError, HealthTrial.untilMark)?.event == .marked, "520 is as before")
    }

    @Test("a class turned off ends a run of another, not the streak")
    func offEndsARun() {
        var trial = HealthTrial { $0.policies[.originDown] = HealthPolicy(isOff: true) }
        trial.answers(.unknownOriginError, HealthTrial.burst + [minutes(5), minutes(15)])
        let waits = trial.answer(.originDown, minutes(16))
        #expect(waits.next == .retry(at(minutes(17))))
        let anew = trial.answer(.unknownOriginError, minutes(17))
        #expect(anew.record?.run?.since == at(minutes(17)) && anew.record?.run?.burstAttempts == 0)
    }

    @Test("its own numbers hold for a class, and for no other")
    func ownNumbers() {
        func trial() -> HealthTrial {
            HealthTrial {
                var policy = HealthPolicy()
                policy.burst = [.seconds(3)]
                policy.probes = [.seconds(600), .seconds(1200), .seconds(2400), .seconds(3600), .seconds(7200)]
                policy.brokenAfter = .seconds(7200)
                policy.recheckFirst = .some(.seconds(1800))
                $0.policies[.connectTimeout] = policy
                $0.maxGap = .seconds(7000)
            }
        }
        var slow = trial()
        let times = [0, 3, 600, 1200, 2400, 3600, 7200] as [Double]
        for (i, time) in times.enumerated().dropLast() {
            let decision = slow.answer(.connectTimeout, time)
            #expect(decision.next == .health(at(times[i + 1])))
            #expect(decision.event == nil)
        }
        let marked = slow.answer(.connectTimeout, 7200)
        #expect(marked.event == .marked && marked.next == .health(at(9000)))
        #expect(slow.answer(.connectTimeout, 9000).next == .health(at(10800)), "never sooner than its own first")
        var usual = trial()
        #expect(usual.answers(.originDown, HealthTrial.untilMark)?.event == .marked)
    }

    @Test("never: only an operator revives what this class marked")
    func neverRechecked() {
        var trial = HealthTrial {
            var policy = HealthPolicy()
            policy.recheckFirst = .some(nil)
            $0.policies[.tlsHandshake] = policy
        }
        #expect(trial.answers(.tlsHandshake, HealthTrial.untilMark)?.next == .never)
    }

    @Test("turned off and on again: the time between proves nothing")
    func offAndOn() {
        var trial = HealthTrial { $0.policies[.originDown] = HealthPolicy(isOff: true) }
        trial.answers(.originDown, [0, 1, 3, 7, 15, 31, 60].map { minutes($0) })
        trial.machine.rules.policies = [:]
        let next = trial.answer(.originDown, minutes(62))
        #expect(next.event == nil && next.record?.phase == .pending)
        #expect(next.record?.run?.since == at(minutes(62)))
    }

    @Test("a mark stays when its class is turned off, and is rechecked as before")
    func markStays() {
        var trial = HealthTrial.broken(.originDown)
        trial.machine.rules.policies[.originDown] = HealthPolicy(isOff: true)
        let decision = trial.answer(.originDown, hours(2))
        #expect(decision.record?.phase == .broken && decision.next == .health(at(hours(2.5))))
    }

    @Test("HTTP/2 that failed is remembered for the streak, with the requests it cost")
    func http1() {
        var trial = HealthTrial()
        var classification = Classification(.unknownOriginError)
        trial.answer(classification, at(0), started: at(0))
        #expect(trial.record?.http1 == false)
        classification.prefersHTTP1 = true
        trial.answer(classification, at(1), started: at(1))
        classification.prefersHTTP1 = false
        trial.answer(classification, at(3), started: at(3))
        #expect(trial.record?.http1 == true)
        trial.answer(.success, 7)
        #expect(trial.record == nil)
        classification.prefersHTTP1 = true
        trial.answer(classification, at(8), started: at(8))
        #expect(trial.record?.http1 == true)
    }
}
