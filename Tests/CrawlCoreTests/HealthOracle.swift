import CrawlCore

/// What the rules say, decided anew at every answer from the plain list of all answers: slow, without any memory of
/// its own, and written from the rules' text rather than from the machine.
struct HealthOracle {
    struct Answer: CustomStringConvertible {
        var outcome: Outcome
        var started: Instant
        var completed: Instant
        var timeline: Int
        /// What the server asked us to wait.
        var wish = Duration.zero

        var description: String { "\(outcome)@\((started - at(0)).ms)…\((completed - at(0)).ms)/\(timeline)" }
    }

    var rules: HealthRules
    var answers: [Answer] = []

    /// Whether the last answer is one at which an unbroken, gap-free hour of its class stands.
    func isMark() -> Bool {
        guard let last = answers.last, last.outcome.kind() == .failing else { return false }
        let window = self.window()
        guard window.count > 1, let first = window.first.map({ answers[$0] }) else { return false }
        return last.started.ms - first.completed.ms >= rules.brokenAfter.ms && probeTimes(window) >= rules.minProbeTimes
    }

    /// Indices of the observations that stand together with the last answer, oldest first.
    private func window() -> [Int] {
        var window = [answers.count - 1]
        for index in answers.indices.reversed().dropFirst() {
            let answer = answers[index]
            let later = answers[window[0]]
            if Self.isNeutral(answer) { continue }
            guard answer.outcome == later.outcome, answer.timeline == later.timeline,
                later.completed.ms >= answer.completed.ms, later.completed.ms - answer.completed.ms <= rules.maxGap.ms
            else { break }
            window.insert(index, at: 0)
        }
        return window
    }

    /// The whole burst is one, every later observation is one. Only the first window of a streak has a burst.
    private func probeTimes(_ window: [Int]) -> Int {
        guard let first = window.first, !rules.burst.isEmpty else { return window.count }
        for answer in answers[..<first].reversed() {
            if answer.outcome.kind(byEdge: true) == .good { break }
            if !Self.isNeutral(answer) { return window.count }
        }
        var inBurst = 1
        var stepsDone = 0
        for (before, index) in zip(window, window.dropFirst()) where stepsDone < rules.burst.count {
            // A step that was given up ended the burst: what follows are single probes.
            if isGivenUp(between: before, and: index) { break }
            let wish = answers[before].wish
            var passed = 0
            if wish > rules.burst[stepsDone] {
                let reach = (answers[before].completed - answers[first].completed) + wish
                if let probe = rules.probes.first, reach >= probe { break }
                passed = rules.burst.indices.count { rules.burst[...$0].reduce(.zero, +) <= reach }
            }
            stepsDone = max(stepsDone + 1, passed)
            inBurst += 1
        }
        return 1 + window.count - inBurst
    }

    /// One answer and five more tries, all of them neutral: the step is given up. Throttled ones are no tries.
    private func isGivenUp(between first: Int, and last: Int) -> Bool {
        answers[(first + 1)..<last].filter { Self.isNeutral($0) && $0.outcome != .throttled }.count > 5
    }

    /// `blocked` stands for blocked by the edge here.
    private static func isNeutral(_ answer: Answer) -> Bool { answer.outcome.kind(byEdge: true) == .neutral }
}
