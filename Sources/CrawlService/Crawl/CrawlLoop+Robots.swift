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
        let mayFollow = scheduler?.robotsAnswered(result, classification, now: now) ?? false
        let target = mayFollow ? result.details?.redirectURL.flatMap(settings.canonicalize) : nil
        guard let target else { return concludeRobots(result, classification, now) }
        let origin = URLKey.origin(of: result.ticket)
        guard phase == .running else {
            scheduler?.dropRobots(of: origin, now: now)
            return
        }
        let key = Array(target.origin.utf8)
        writer.perform({ try $0.originNumber(key) }) { [self] number in
            lane.async { [self] in
                guard phase == .running else { return }
                guard case .success(let found) = number else {
                    scheduler?.dropRobots(of: origin, now: clock.now())
                    return step()
                }
                // Without room for another origin the redirect leads nowhere.
                guard let host = found else { return concludeRobots(result, classification, clock.now()) }
                scheduler?.followRobots(
                    of: origin, host: host, key: key, path: Array(target.path.utf8), now: clock.now())
                step()
            }
        }
    }

    private func concludeRobots(_ result: FetchResult, _ classification: Classification, _ now: Instant) {
        let change = scheduler?.judgeRobots(result, classification, now: now)
        if let change { pending.robots.append(change) }
        flushSoon(now)
        if phase == .running { step() }
    }

    /// The scheduler refuses by another policy from now on; what waits for its commit may have been judged by the old.
    func judge(by policy: RefusalPolicy) {
        judgedBy = policy.stamp
        pending.judgedBy = pending.verdicts.isEmpty ? judgedBy : nil
    }

    /// The frontier was told of a policy. If it could not take it in, it is told again.
    func adopted(_ result: Result<[Int64], any Error>) {
        switch result {
        case .success(let origins): readmit(origins)
        case .failure(let error):
            trouble(error)
            lane.at(clock.now() + settings.retryCommit) { [self] in
                guard phase == .running else { return }  // the next start does
                writer.perform({ [policy = settings.policy] in try $0.adopt(policy) }) { [self] result in
                    lane.async { self.adopted(result) }
                }
            }
        }
    }

    /// Refused URLs of origins with new rules come back, chunk by chunk, others getting their turn between.
    func readmit(_ origins: [Int64]) {
        guard let origin = origins.first else { return }
        let rest = Array(origins.dropFirst())
        writer.perform({ [clock] in try $0.readmit(origin: origin, now: clock.now()) }) { [self] result in
            lane.async { [self] in
                guard phase == .running else { return }  // the store remembers where it was
                let now = clock.now()
                switch result {
                case .success(let isMore):
                    scheduler?.noteWork(origin: origin, dueAt: now, reorders: false, now: now)
                    step()
                    readmit(isMore ? origins : rest)
                case .failure(let error):
                    trouble(error)
                    lane.at(now + settings.retryCommit) { [self] in
                        if phase == .running { readmit(origins) }
                    }
                }
            }
        }
    }
}

extension Completion {
    /// Verdicts and changes that wait for the disk.
    var count: Int { verdicts.count + robots.count }
    var isEmpty: Bool { verdicts.isEmpty && robots.isEmpty }
    /// An incident was opened or closed.
    var hasEvent: Bool { verdicts.contains { $0.event != nil } || robots.contains { $0.event != nil } }
}
