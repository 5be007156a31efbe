package import CrawlCore

// What others have done to the frontier; from any thread.

extension CrawlLoop {
    /// New work was committed.
    package func noteWork(_ touched: [EnqueueCommit.Touched]) {
        lane.async { [self] in
            let now = clock.now()
            for origin in touched {
                scheduler?.noteWork(
                    origin: origin.origin, dueAt: origin.dueAt, priority: origin.priority,
                    reorders: origin.reorders, now: now)
            }
            step()
        }
    }

    /// URLs that have to be fetched to be read as sitemaps, and those that no longer have to. Call it before `noteWork`.
    package func noteSitemaps(waiting: [Int64] = [], settled: [Int64] = []) {
        guard !waiting.isEmpty || !settled.isEmpty else { return }
        lane.async { [self] in
            scheduler?.sitemaps.remove(settled)
            scheduler?.sitemaps.add(waiting)
        }
    }

    /// The robots.txt of these origins is wanted; only after the start. `onSitemaps` tells of each answer. `refused` gets those that will not be
    /// asked, on the loop's lane.
    package func askRobots(_ origins: [Int64], refused: @escaping @Sendable ([Int64]) -> Void) {
        guard !origins.isEmpty else { return }
        lane.async { [self] in
            let now = clock.now()
            let left = origins.filter { !(scheduler?.wishRobots(of: $0, now: now) ?? false) }
            if !left.isEmpty { refused(left) }
            step()
        }
    }

    /// They were removed or revived.
    package func changed(_ rows: ChangedRows, then: @escaping @Sendable () -> Void = {}) {
        lane.async { [self] in
            scheduler?.changed(rows, now: clock.now())
            step()
            then()
        }
    }

    package func setPaused(_ paused: Bool, then: @escaping @Sendable () -> Void = {}) {
        lane.async { [self] in
            scheduler?.isPaused = paused
            snapshotValue.isPaused = paused
            step()
            then()
        }
    }
}
