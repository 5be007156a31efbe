import ControlAPI
import CrawlCore

/// `health.policies`: other numbers for one of the codes 521 to 526 and 530, or `off`.
extension HealthConfig {
    static let policyCodes = Outcome.allCases.compactMap { HealthPolicy.outcome(cause: $0.cause ?? "")?.cause }

    mutating func readPolicies(_ section: ConfigSection) {
        for code in Self.policyCodes where section.keys.contains(code) {
            guard let outcome = HealthPolicy.outcome(cause: code) else { continue }
            var policy = HealthPolicy(isOff: section.isWord(code, "off"))
            if !policy.isOff { section.section(code) { policy.read($0) } }
            policies[outcome] = policy
        }
        for key in section.keys where !Self.policyCodes.contains(key) { section.refuse(key, Self.codesAllowed) }
    }

    private static let codesAllowed =
        "must be one of " + policyCodes.joined(separator: ", ")
        + ", in quotes or not; 520 goes by the keys of health itself"

    /// The rules of the section hold for every policy, with what it leaves as it is.
    /// `withRules`: those that look at the values of `health` itself, too.
    func validatePolicies(withRules: Bool) -> [ConfigFault] {
        policies.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap { outcome, policy -> [ConfigFault] in
            guard !policy.isOff, let code = outcome.cause else { return [] }
            var check = ConfigCheck("health.policies.\(code)")
            checkValues(policy, &check)
            if check.faults.isEmpty, withRules { checkRules(rules.of(outcome), policy, &check) }
            return check.faults
        }
    }

    private func checkValues(_ policy: HealthPolicy, _ check: inout ConfigCheck) {
        if let burst = policy.burst { Self.checkBurst(burst, &check) }
        if let probes = policy.probes { Self.checkProbes(probes, &check) }
        if let brokenAfter = policy.brokenAfter { check.duration("broken_after", brokenAfter, .anySpan) }
        if let first = policy.recheckFirst?.flatMap({ $0 }) { check.duration("recheck_first", first, .anySpan) }
    }

    /// Each fault names a key that the policy has: without it the rule would hold.
    private func checkRules(_ whole: HealthRules, _ policy: HealthPolicy, _ check: inout ConfigCheck) {
        if let probes = policy.probes {
            let gapNeeded = Self.gapNeeded(probes, jitter: jitter)
            check.require(
                maxGap >= gapNeeded, "probes", Self.text(probes),
                "must keep twice the widest difference between probes, and jitter (\(DurationText.text(gapNeeded))), within"
                    + " health.max_gap (\(DurationText.text(maxGap)))")
            check.require(
                probes.count + 1 >= minProbeTimes, "probes", Self.text(probes),
                "must have at least \(minProbeTimes - 1): health.min_probe_times without the first attempt")
        }
        if let brokenAfter = policy.brokenAfter {
            check.require(
                maxGap < brokenAfter, "broken_after", DurationText.text(brokenAfter),
                "must be more than health.max_gap (\(DurationText.text(maxGap)))")
        }
        if policy.probes != nil || policy.brokenAfter != nil {
            let last = whole.probes.last ?? .zero
            if policy.probes != nil {
                check.require(
                    last >= whole.brokenAfter, "probes", Self.text(whole.probes),
                    "must end at broken_after (\(DurationText.text(whole.brokenAfter))) or later")
            } else {
                check.require(
                    last >= whole.brokenAfter, "broken_after", DurationText.text(whole.brokenAfter),
                    "must be at most the last of health.probes (\(DurationText.text(last)))")
            }
        }
        if let first = policy.recheckFirst?.flatMap({ $0 }) {
            check.require(
                first <= recheckMax, "recheck_first", DurationText.text(first),
                "must be at most health.recheck_max (\(DurationText.text(recheckMax)))")
        }
    }
}

extension HealthPolicy {
    fileprivate mutating func read(_ section: ConfigSection) {
        burst = section.given("burst", [], section.durations)
        probes = section.given("probes", [], section.durations)
        brokenAfter = section.given("broken_after", .zero, section.duration)
        recheckFirst = section.given("recheck_first", nil, section.durationOrNever)
    }
}
