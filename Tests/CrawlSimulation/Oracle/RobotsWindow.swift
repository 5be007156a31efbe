import CrawlCore

/// The failures of a robots.txt that stand together with its last one: no answer, no gap, one stretch of clock. Classes
/// mix; what was our own doing neither counts nor ends it.
struct RobotsWindow {
    private(set) var observations: [Answer] = []
    /// The burst is one, every later observation is one: by the widest reading, of which an hour has enough.
    private(set) var probeTimes = 0

    /// nil = it has not failed since its last good answer.
    init?(_ target: Target, _ history: History, withUncertain: Bool = true) {
        let breaks = history.domains[target.origin].guardEnds
        let counted = (history.answers[target] ?? []).filter {
            Self.counts($0.nature) && (withUncertain || !$0.isUncertain)
        }
        for answer in counted.reversed() {
            if let later = observations.last {
                let gap = (later.completedAt - answer.completedAt).ms
                guard answer.timeline == later.timeline, gap >= 0, gap <= RulesText.maxGap,
                    !breaks.contains(where: { answer.completedAt < $0 && $0 <= later.completedAt })
                else { break }
            }
            observations.append(answer)
        }
        guard !observations.isEmpty else { return nil }
        observations.reverse()
        let first = observations[0].completedAt
        let burst = observations.prefix(RulesText.burst.count + 1).filter {
            ($0.asked.startedAt - first).ms <= RulesText.probes[0] / 2
        }
        probeTimes = observations.count - burst.count + 1
    }

    static func counts(_ nature: Nature) -> Bool {
        switch nature {
        case .failing, .wavering, .blockedByEdge: true
        case .good, .throttled, .inconclusive: false
        }
    }

    /// As an alert has it.
    var cause: String {
        let causes = Set(observations.map(\.nature)).map { nature in
            if case .failing(let code) = nature { code } else { "robots" }
        }
        return causes.count == 1 ? causes[0] : "robots"
    }

    var isOnlyChallenges: Bool { observations.allSatisfy { $0.nature == .blockedByEdge } }

    private var length: Int64 {
        guard let first = observations.first, let last = observations.last else { return 0 }
        return (last.asked.startedAt - first.completedAt).ms
    }

    var minutes: Int64 { length / 60_000 }

    var isHour: Bool { length >= RulesText.hour && probeTimes >= RulesText.minProbeTimes }
}
