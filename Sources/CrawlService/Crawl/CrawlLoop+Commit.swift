import CrawlCore
import CrawlFrontier

// What has been judged becomes lasting: many verdicts share one commit.

extension CrawlLoop {
    /// At once when enough has collected, else at the end of the window, or before the first of the URLs is due again.
    func flushSoon(_ now: Instant) {
        guard !pending.isEmpty || !exchanges.isEmpty else { return }
        guard pending.count < rowsPerCommit, hasRoomForRobots, exchanges.bytes < Self.exchangeBytes, phase != .stopping
        else {
            return flush()
        }
        guard flushTimer == nil else { return }
        let soonest = pending.verdicts.lazy.compactMap { $0.healthDueAt ?? $0.dueAt }.min() ?? .distantFuture
        let window = soonest < now + settings.commitWindow + settings.commitWindow ? .zero : settings.commitWindow
        flushTimer = lane.at(now + window) { [self] in flush() }
    }

    private var rowsPerCommit: Int { min(settings.commitRows, writer.answersPerCommit) }

    /// Hands what has collected to the writer, unless a commit is under way: then it goes with the next.
    func flush() {
        lane.check()
        flushTimer?.cancel()
        flushTimer = nil
        guard committing == nil, !pending.isEmpty || !exchanges.isEmpty else { return }
        collectGuards()
        var completion = pending
        pending = Completion()
        pendingRobotsBytes = 0
        pending.judgedBy = judgedBy
        let rows = rowsPerCommit
        if completion.verdicts.count > rows {
            // The later ones go with the next commit, and are judged by whatever these were.
            pending.verdicts = Array(completion.verdicts[rows...])
            pending.judgedBy = completion.judgedBy
            completion.verdicts.removeSubrange(rows...)
        }
        completion.drained = scheduler?.takeDrained() ?? []
        completion.spent = scheduler?.takeSpent() ?? BudgetSpent()
        completion.rotations = scheduler?.takeRotations() ?? [:]
        completion.cleared = scheduler?.takeCleared() ?? []
        committing = completion
        record(completion)
    }

    /// What the guards have seen goes with the answers that showed it.
    func collectGuards() {
        guard let changes = scheduler?.takeGuardChanges(), !changes.isEmpty else { return }
        pending.guards.domains.rows += changes.domains.rows
        pending.guards.domains.forgotten += changes.domains.forgotten
        pending.guards.periods += changes.periods
    }

    func commit(_ completion: Completion) {
        let now = clock.now()
        writer.complete(completion, now: now) { [self] result in
            lane.async { self.committed(completion, result) }
        }
    }

    private func committed(_ completion: Completion, _ result: Result<CompletionCommit, any Error>) {
        let commit: CompletionCommit
        switch result {
        case .failure(let fault as RowFault) where scheduler?.putBackRoom ?? 0 > 0: return isolate(completion, fault)
        case .failure(let error):
            trouble(error)
            if phase == .stopping, fault(error) == .forGood || clock.now() >= stopDeadline { return giveUp(error) }
            lane.at(clock.now() + settings.retryCommit) { [self] in self.commit(completion) }
            return
        case .success(let done): commit = done
        }
        if snapshotValue.storageError != nil {
            // That a row could be stored says nothing of the archive's disk.
            if isArchiveFailing { lookAgain() } else { storageWorks() }
        }
        let now = clock.now()
        let again = scheduler?.committed(completion.verdicts, again: commit.again, now: now) ?? []
        scheduler?.committed(completion.robots, now: now)
        // Nothing judged since is of before them.
        pending.verdicts.insert(contentsOf: completion.placed(again), at: 0)
        let open = Set(again.map(\.id))
        let settled = completion.verdicts.lazy.filter { $0.sitemap != nil && !open.contains($0.id) }.map(\.id)
        if !settled.isEmpty || completion.robots.contains(where: \.wasWished) {
            scheduler?.sitemaps.add(commit.sitemaps)
            onSitemaps(Array(settled))
        }
        for origin in commit.touched {
            scheduler?.noteWork(
                origin: origin.origin, dueAt: origin.dueAt, priority: origin.priority, reorders: origin.reorders,
                now: now)
        }
        if commit.leavesWork { catchUp() }
        if let last = commit.lastResult { onResults(last) }
        if completion.hasEvent || commit.changesOutbox { onIncident() }
        commitNext(now)
    }

    /// The next part of the commit that is under way, if it has been parted; else what has collected meanwhile.
    func commitNext(_ now: Instant) {
        committing = parts.isEmpty ? nil : parts.removeFirst()
        if let next = committing { return commit(next) }
        takeReplies(now)
        flushSoon(now)
        if phase == .stopping { finishStop() } else { step() }
    }

    /// A commit that fails for what its rows are is committed in halves, until what cannot be stored is alone: then that
    /// is put back.
    private func isolate(_ completion: Completion, _ fault: RowFault) {
        if let (first, second) = completion.halves {
            parts.insert(second, at: 0)
            committing = first
            return commit(first)
        }
        let now = clock.now()
        for verdict in completion.verdicts {
            tell(Unstored(id: verdict.id, reason: fault.reason, until: scheduler?.putBack(verdict, now: now)), now)
        }
        for change in completion.robots {
            let id = URLKey.robots(of: change.origin)
            tell(Unstored(id: id, reason: fault.reason, until: scheduler?.putBack(change, now: now)), now)
        }
        if completion.count == 0 { tell(Unstored(reason: fault.reason), now) }
        commitNext(now)
    }

    func tell(_ unstored: Unstored, _ now: Instant) {
        guard let leftOut = unstoredLines.take(now: now) else { return }
        var unstored = unstored
        unstored.leftOut = leftOut
        onUnstored(unstored)
    }
}
