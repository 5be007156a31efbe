import CrawlCore

/// The observations that stand together with the last answer of a URL: one class, no gap, one stretch of clock. Decided
/// anew from the plain list of answers each time.
struct HourWindow {
    private(set) var observations: [Answer] = []
    /// The whole burst is one, every later observation is one.
    private(set) var probeTimes = 0
    private(set) var isFirstOfStreak = false

    /// `answers`: all since the URL's last good one, oldest first. `breaks`: no window reaches across these. nil = the last that is no neutral one is not failing.
    init?(_ answers: [Answer], breaks: [Instant], withUncertain: Bool) {
        let answers = withUncertain ? answers : answers.filter { !$0.isUncertain }
        guard let end = answers.lastIndex(where: { !$0.nature.isNeutral }),
            case .failing(let cause) = answers[end].nature
        else { return nil }
        var members = [end]
        for index in answers[..<end].indices.reversed() {
            let answer = answers[index]
            guard !answer.nature.isNeutral else { continue }
            let later = answers[members[members.count - 1]]
            guard answer.nature == .failing(cause), answer.timeline == later.timeline else { break }
            let gap = (later.completedAt - answer.completedAt).ms
            guard gap >= 0, gap <= RulesText.maxGap,
                !breaks.contains(where: { answer.completedAt < $0 && $0 <= later.completedAt })
            else { break }
            members.append(index)
        }
        members.reverse()
        observations = members.map { answers[$0] }
        isFirstOfStreak = answers.first { !$0.nature.isNeutral }.map { $0.steady == observations[0].steady } ?? false
        var inBurst = isFirstOfStreak ? 1 : 0
        var stepsDone = 0
        for (before, index) in zip(members, members.dropFirst())
        where isFirstOfStreak && stepsDone < RulesText.burst.count {
            // A step that was given up ended the burst.
            let tries = answers[(before + 1)..<index].filter { answer in
                if case .throttled = answer.nature { return false }
                return answer.nature.isNeutral
            }
            if tries.count > RulesText.neutralTriesPerStep { break }
            let wish = answers[before].fault.wish
            var passed = 0
            if wish > RulesText.burst[stepsDone] {
                let reach = (answers[before].completedAt - since).ms + wish
                if reach >= RulesText.probes[0] { break }  // the next one is a probe
                passed = RulesText.burstSteps(by: reach)
            }
            stepsDone = max(stepsDone + 1, passed)
            inBurst += 1
        }
        probeTimes = observations.count - max(0, inBurst - 1)
    }

    var since: Instant { observations.first?.completedAt ?? Instant(ms: 0) }

    /// (a) and (b); (c) and (d) hold for every window.
    var isHour: Bool { isHour(skipping: 0) }

    /// Without its first `count` observations: a URL that waited for its slot counts from there.
    func isHour(skipping count: Int) -> Bool {
        let rest = observations.dropFirst(count)
        guard let first = rest.first, let last = rest.last, rest.count > 1 else { return false }
        return (last.asked.startedAt - first.completedAt).ms >= RulesText.hour
            && probeTimes - count >= RulesText.minProbeTimes
    }
}
