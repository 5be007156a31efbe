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
                guard case .success(let host) = number else {
                    scheduler?.dropRobots(of: origin, now: clock.now())
                    return step()
                }
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

    /// Refused URLs of origins with new rules come back, chunk by chunk, others getting their turn between.
    func readmit(_ origins: [Int64]) {
        guard let origin = origins.first else { return }
        let rest = Array(origins.dropFirst())
        writer.perform({ [clock] in try $0.readmit(origin: origin, now: clock.now()) }) { [self] result in
            lane.async { [self] in
                guard phase == .running else { return }  // the store remembers where it was
                let now = clock.now()
                scheduler?.noteWork(origin: origin, dueAt: now, reorders: false, now: now)
                step()
                let isMore = (try? result.get()) ?? false
                readmit(isMore ? origins : rest)
            }
        }
    }
}

extension Completion {
    /// Verdicts and changes that wait for the disk.
    var count: Int { verdicts.count + robots.count }
    var isEmpty: Bool { verdicts.isEmpty && robots.isEmpty && guards.isEmpty }
    /// An incident was opened or closed.
    var hasEvent: Bool {
        verdicts.contains { $0.event != nil } || robots.contains { $0.event != nil } || !guards.periods.isEmpty
    }
}
