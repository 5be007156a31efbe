import CrawlCore

// What has been judged becomes lasting: many verdicts share one commit.

extension CrawlLoop {
    /// At once when enough has collected, else at the end of the window, or before the first of the URLs is due again.
    func flushSoon(_ now: Instant) {
        guard !pending.isEmpty else { return }
        // A robots.txt may have half a megabyte.
        guard pending.count < settings.commitRows, pending.robots.count < 32, phase != .stopping else {
            return flush()
        }
        guard flushTimer == nil else { return }
        let soonest = pending.verdicts.lazy.compactMap { $0.healthDueAt ?? $0.dueAt }.min() ?? .distantFuture
        let window = soonest < now + settings.commitWindow + settings.commitWindow ? .zero : settings.commitWindow
        flushTimer = lane.at(now + window) { [self] in flush() }
    }

    /// Hands what has collected to the writer, unless a commit is under way: then it goes with the next.
    func flush() {
        lane.check()
        flushTimer?.cancel()
        flushTimer = nil
        guard committing == nil, !pending.isEmpty else { return }
        var completion = pending
        pending = Completion()
        completion.drained = scheduler?.takeDrained() ?? []
        completion.spent = scheduler?.takeSpent() ?? BudgetSpent()
        committing = completion
        commit(completion)
    }

    private func commit(_ completion: Completion) {
        let now = clock.now()
        writer.perform({ try $0.complete(completion, now: now) }) { [self] result in
            lane.async { self.committed(completion, result) }
        }
    }

    private func committed(_ completion: Completion, _ result: Result<CompletionCommit, any Error>) {
        let commit: CompletionCommit
        switch result {
        case .failure(let error):
            trouble(error)
            if phase == .stopping, isHopeless(error) || clock.now() >= stopDeadline { return giveUp(error) }
            lane.at(clock.now() + settings.retryCommit) { [self] in self.commit(completion) }
            return
        case .success(let done): commit = done
        }
        snapshotValue.storageError = nil
        committing = nil
        let now = clock.now()
        scheduler?.committed(completion.verdicts, now: now)
        scheduler?.committed(completion.robots, now: now)
        let settled = completion.verdicts.lazy.filter { $0.sitemap != nil }.map(\.id)
        if !settled.isEmpty {
            scheduler?.sitemaps.add(commit.sitemaps)
            onSitemaps(Array(settled))
        }
        for origin in commit.touched {
            scheduler?.noteWork(
                origin: origin.origin, dueAt: origin.dueAt, priority: origin.priority, reorders: origin.reorders,
                now: now)
        }
        readmit(commit.readmissions)
        if completion.hasEvent || commit.changesOutbox { onIncident() }
        flushSoon(now)
        if phase == .stopping { finishStop() } else { step() }
    }

    /// Nothing is started while storage fails; one look a second tells whether it works again.
    func trouble(_ error: any Error) {
        let text = String(describing: error)
        let isNew = snapshotValue.storageError != text
        snapshotValue.storageError = text
        if isNew { onTrouble(error) }
        if committing == nil {
            lane.at(clock.now() + settings.retryCommit) { [self] in
                if committing == nil { snapshotValue.storageError = nil }
                step()
            }
        }
    }
}
