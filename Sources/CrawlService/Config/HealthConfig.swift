import ControlAPI
package import CrawlCore

/// `health`: when a URL that answers 520 is called broken, and when it is asked again. The rules between the values keep
/// an hour of 520 provable: probes must be able to fill it without a gap.
package struct HealthConfig: Hashable, Sendable {
    /// Waits between the first attempts after a failure; empty means that there is no burst.
    package var burst: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]

    /// Offsets from the first observation of the window, ascending; after the last one its difference to the one before
    /// repeats.
    package var probes: [Duration] = [.minutes(5), .minutes(15), .minutes(30), .minutes(45), .minutes(60)]

    /// From the window's first observation to the start of the request that decides.
    package var brokenAfter: Duration = .hours(1)

    /// Probe times that a verdict needs; the whole burst is one.
    package var minProbeTimes = 4

    /// Between neighbouring observations; a longer gap restarts the window.
    package var maxGap: Duration = .minutes(40)

    /// Failures seen at an origin without an edge count like the 52x that an edge would have made of them.
    package var directEquivalents = true

    /// URLs of one origin in burst or pending at a time; 0 = no limit.
    package var probeSlots = 8

    /// Marked URLs of one origin and cause before the next ones share one incident; 0 = each has its own.
    package var urlIncidents = 10

    /// Distinct failing URLs, and none good, that make their origin suspect; 0 = URLs are only judged one by one.
    package var originTrip = 3

    /// The least from the mark, and from each recheck, to the next one; nil (`never`) leaves it to an operator.
    package var recheckFirst: Duration? = .minutes(30)

    /// From one recheck to the next passes this share of how long it has failed, from its first failure on; 0 = each wait
    /// is twice the one before, from `recheckFirst` on.
    package var recheckRatio = 0.125

    /// No recheck waits longer, but for the server's own wish.
    package var recheckMax: Duration = .hours(24)

    /// Good answers in a row that resolve an incident.
    package var resolveAfter = 2

    /// Between a good answer and the one that confirms it.
    package var resolveGap: Duration = .minutes(1)

    /// What had become due while an origin was broken returns over so long; zero = at once.
    package var resolveSpread: Duration = .minutes(10)

    /// How long a `resolved` alert waits for a relapse; zero sends it at once.
    package var resolveHold: Duration = .minutes(30)

    /// Share by which a step may be late at random; never early. Zero makes every step exact.
    package var jitter = 0.1

    /// Other numbers for single codes.
    package var policies: [Outcome: HealthPolicy] = [:]

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.durations("burst", &burst)
        section.durations("probes", &probes)
        section.duration("broken_after", &brokenAfter)
        section.int("min_probe_times", &minProbeTimes)
        section.duration("max_gap", &maxGap)
        section.bool("direct_equivalents", &directEquivalents)
        section.int("probe_slots", &probeSlots)
        section.int("url_incidents", &urlIncidents)
        section.int("origin_trip", &originTrip)
        section.durationOrNever("recheck_first", &recheckFirst)
        section.double("recheck_ratio", &recheckRatio)
        section.duration("recheck_max", &recheckMax)
        section.int("resolve_after", &resolveAfter)
        section.duration("resolve_gap", &resolveGap)
        section.duration("resolve_spread", &resolveSpread)
        section.duration("resolve_hold", &resolveHold)
        section.double("jitter", &jitter)
        section.section("policies") { readPolicies($0) }
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("health")
        Self.checkBurst(burst, &check)
        Self.checkProbes(probes, &check)
        check.duration("broken_after", brokenAfter, .anySpan)
        check.int("min_probe_times", minProbeTimes, 1...100)
        check.duration("max_gap", maxGap, .anySpan)
        check.int("probe_slots", probeSlots, 0...1000)
        check.int("url_incidents", urlIncidents, 0...1_000_000)
        check.int("origin_trip", originTrip, 0...1000)
        if let recheckFirst { check.duration("recheck_first", recheckFirst, .anySpan) }
        check.require((0...1).contains(recheckRatio), "recheck_ratio", "\(recheckRatio)", "must be from 0 to 1")
        check.duration("recheck_max", recheckMax, .anySpan)
        check.int("resolve_after", resolveAfter, 1...100)
        check.duration("resolve_gap", resolveGap, .anySpan)
        check.duration("resolve_spread", resolveSpread, .zero...Duration.days(1))
        check.duration("resolve_hold", resolveHold, .zero...Duration.days(3650))
        check.require((0...1).contains(jitter), "jitter", "\(jitter)", "must be from 0 to 1")
        check.beginRules()
        checkRules(&check)
        return check.faults + validatePolicies(withRules: !check.hasFaultyValues)
    }

    static func checkBurst(_ burst: [Duration], _ check: inout ConfigCheck) {
        check.require(
            burst.count <= 16 && burst.allSatisfy { ClosedRange.anySpan.contains($0) }, "burst", text(burst),
            "must be at most 16 durations of at least 1ms")
    }

    static func checkProbes(_ probes: [Duration], _ check: inout ConfigCheck) {
        check.require(
            (1...64).contains(probes.count) && probes.allSatisfy { ClosedRange.anySpan.contains($0) }
                && zip(probes, probes.dropFirst()).allSatisfy { $0 < $1 },
            "probes", text(probes), "must be 1 to 64 durations, each longer than the one before")
    }

    private func checkRules(_ check: inout ConfigCheck) {
        let gapNeeded = Self.gapNeeded(probes, jitter: jitter)
        check.rule(
            maxGap >= gapNeeded, "max_gap", DurationText.text(maxGap),
            "must be at least \(DurationText.text(gapNeeded)): twice the widest difference between probes, and jitter",
            related: ["probes", "jitter"])
        check.rule(
            maxGap < brokenAfter, "max_gap", DurationText.text(maxGap),
            "must be less than broken_after (\(DurationText.text(brokenAfter)))", related: ["broken_after"])
        check.rule(
            probes.last.map { $0 >= brokenAfter } ?? false, "probes", Self.text(probes),
            "must end at broken_after (\(DurationText.text(brokenAfter))) or later", related: ["broken_after"])
        check.rule(
            probes.count + 1 >= minProbeTimes, "min_probe_times", "\(minProbeTimes)",
            "must be at most \(probes.count + 1): the probes and the first attempt", related: ["probes"])
        check.rule(
            probeSlots == 0 || originTrip <= probeSlots, "origin_trip", "\(originTrip)",
            "must be at most probe_slots (\(probeSlots)), or it could never be reached", related: ["probe_slots"])
        if let recheckFirst {
            check.rule(
                recheckFirst <= recheckMax, "recheck_first", DurationText.text(recheckFirst),
                "must be at most recheck_max (\(DurationText.text(recheckMax)))", related: ["recheck_max"])
        }
    }

    /// From the first observation on; what follows the last probe repeats a difference that is counted already.
    static func gapNeeded(_ probes: [Duration], jitter: Double) -> Duration {
        let widest = zip([.zero] + probes, probes).map { $1 - $0 }.max() ?? .zero
        return .milliseconds(Int64((2 * Double(widest.ms) * (1 + jitter)).rounded()))
    }

    static func text(_ durations: [Duration]) -> String {
        "[" + durations.map(DurationText.text).joined(separator: ", ") + "]"
    }
}
