import CrawlCore

extension CrawlLoop {
    /// Where a 3xx points; nil = the answer is no redirect.
    func redirect(
        _ result: FetchResult, _ classification: Classification
    ) -> Result<Redirect, Redirect.Problem>? {
        guard classification.outcome == .redirected else { return nil }
        guard let target = result.details?.redirectURL.flatMap(settings.canonicalize) else {
            return .failure(.noTarget)
        }
        return .success(Redirect(target: target, isPermanent: result.status == 301 || result.status == 308))
    }

    /// An answer for a robots.txt. A redirect of it is asked as a request of the origin it leads to, whose number the
    /// store knows or gives.
    func judgeRobots(_ result: FetchResult, _ classification: Classification, _ now: Instant) {
        guard let reply = scheduler?.robotsAnswered(result, classification, now: now) else { return }
        take(reply, now)
    }

    private func take(_ reply: RobotsReply, _ now: Instant) {
        let target = reply.isRedirect ? reply.result.details?.redirectURL.flatMap(settings.canonicalize) : nil
        let redirected = target == nil ? [] : scheduler?.redirected(reply) ?? []
        scheduler?.conclude(reply, without: redirected)
        takeReplies(now)
        if let target, !redirected.isEmpty { follow(redirected, to: target, by: reply, now) }
    }

    private func follow(_ origins: [Int64], to target: CrawlURL, by reply: RobotsReply, _ now: Instant) {
        guard phase == .running else { return drop(origins, now) }
        let key = Array(target.origin.utf8)
        writer.perform({ try $0.originNumber(key) }) { [self] number in
            lane.async { [self] in
                guard phase == .running else { return }
                let now = clock.now()
                guard case .success(let found) = number else {
                    drop(origins, now)
                    return step()
                }
                // Without room for another origin the redirect leads nowhere.
                if let host = found {
                    let known = scheduler?.followRobots(
                        of: origins, host: host, key: key, path: Array(target.path.utf8), now: now)
                    if let known { take(known, now) }
                } else {
                    var nowhere = reply
                    nowhere.origins = origins[...]
                    scheduler?.conclude(nowhere, without: [])
                    takeReplies(now)
                }
                flushSoon(now)
                step()
            }
        }
    }

    private func drop(_ origins: [Int64], _ now: Instant) {
        for origin in origins { scheduler?.dropRobots(of: origin, now: now) }
    }

    /// The scheduler refuses by another policy from now on; what waits for its commit may have been judged by the old.
    func judge(by policy: RefusalPolicy) {
        judgedBy = policy.stamp
        pending.judgedBy = pending.verdicts.isEmpty ? judgedBy : nil
    }

    /// The frontier was told of a policy. If it could not take it in, it is told again.
    func adopted(_ result: Result<Void, any Error>) {
        switch result {
        case .success: catchUp()
        case .failure(let error):
            trouble(error)
            lane.at(clock.now() + settings.retryCommit) { [self] in
                guard phase == .running else { return }  // the next start does
                writer.perform({ [clock, policy = settings.policy] in try $0.adopt(policy, now: clock.now()) }) {
                    [self] result in
                    lane.async { self.adopted(result) }
                }
            }
        }
    }

    /// One answer may be for thousands of origins: no more of them are judged than go into a commit, the others after
    /// it.
    func takeReplies(_ now: Instant) {
        while hasRoomForRobots, let reply = scheduler?.nextRobotsReply() {
            guard let change = scheduler?.judgeRobots(reply, now: now) else { continue }
            pending.robots.append(change)
            pendingRobotsBytes += change.copy?.text.count ?? 0
        }
    }

    /// Of one commit: so many answers, and bytes of their texts, of which one may have half a megabyte.
    var hasRoomForRobots: Bool { pending.robots.count < 512 && pendingRobotsBytes < 4 << 20 }

    /// What the frontier left for later is done step by step, others getting their turn between. The frontier knows what
    /// is left: whatever is added meanwhile is done too.
    func catchUp() {
        guard !isCatchingUp else { return }
        isCatchingUp = true
        writer.perform({ [clock] in try $0.catchUp(now: clock.now()) }) { [self] result in
            lane.async { [self] in
                isCatchingUp = false
                guard phase == .running else { return }  // the store remembers where it was
                let now = clock.now()
                switch result {
                case .success(let done):
                    for row in done.passedOver { tell(Unstored(id: row.id, reason: row.reason), now) }
                    if let origin = done.origin {
                        scheduler?.noteWork(origin: origin, dueAt: now, reorders: false, now: now)
                        step()
                    }
                    if done.isMore { catchUp() }
                case .failure(let fault as RowFault):
                    // No matter of storage: the crawl goes on, and what is left is tried again.
                    tell(Unstored(reason: fault.reason), now)
                    catchUp(at: now + Scheduler.putBackFor)
                case .failure(let error):
                    trouble(error)
                    catchUp(at: now + settings.retryCommit)
                }
            }
        }
    }

    private func catchUp(at moment: Instant) {
        lane.at(moment) { [self] in
            if phase == .running { catchUp() }
        }
    }
}

extension Completion {
    /// Verdicts and changes that wait for the disk.
    var count: Int { verdicts.count + robots.count }
    var isEmpty: Bool { verdicts.isEmpty && robots.isEmpty && guards.isEmpty }
    /// An incident was opened or closed.
    var hasEvent: Bool {
        verdicts.contains { $0.event != nil || $0.softBlock != nil || $0.originChange?.event != nil }
            || robots.contains { $0.event != nil } || !guards.periods.isEmpty
    }
}
