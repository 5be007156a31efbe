extension Completion {
    /// Two that are this one when they are committed one after the other: the same in parts. nil if it cannot be parted.
    ///
    /// Answers stay in their order, which counts for an origin. What belongs to none of them comes last, and apart.
    package var halves: (Completion, Completion)? {
        let rows = verdicts.count + robots.count
        guard rows > 0 else { return guardHalves }
        if hasMore {
            var (answers, rest) = (Completion(), self)
            answers.verdicts = verdicts
            answers.robots = robots
            answers.judgedBy = judgedBy
            (rest.verdicts, rest.robots) = ([], [])
            return (answers, rest)
        }
        guard rows > 1 else { return nil }
        var (first, second) = (self, self)
        if verdicts.isEmpty {
            let middle = robots.count / 2
            first.robots = Array(robots[..<middle])
            second.robots = Array(robots[middle...])
        } else if robots.isEmpty {
            let middle = verdicts.count / 2
            first.verdicts = Array(verdicts[..<middle])
            second.verdicts = Array(verdicts[middle...])
        } else {
            first.robots = []
            second.verdicts = []
        }
        return (first, second)
    }

    /// Something belongs to no answer alone.
    private var hasMore: Bool {
        !drained.isEmpty || !rotations.isEmpty || !guards.isEmpty || !cleared.isEmpty || !archive.isEmpty
            || spent != BudgetSpent()
    }

    /// What guards saw goes apart from what was spent.
    private var guardHalves: (Completion, Completion)? {
        var (seen, rest) = (Completion(), self)
        seen.guards = guards
        rest.guards = GuardChanges()
        guard !guards.isEmpty, rest.hasMore else { return nil }
        return (seen, rest)
    }
}
