import DequeModule

/// An answer that cannot be stored, for what its row is: its URL is as due as before, and counts as on its way for so long
/// that it is not asked over and over. Only this process knows of it.
struct PutBack {
    /// Of the URL, or the ticket of a robots.txt.
    var id: Int64
    var until: Instant
}

extension Scheduler {
    /// From the answer that could not be stored to the next request.
    package static let putBackFor = Duration.seconds(15 * 60)
    /// More than these are no matter of single rows.
    package static let putBackLimit = 10_000

    /// So many more answers may be put back.
    package var putBackRoom: Int { Self.putBackLimit - putBacks.count }

    /// When what was put back is asked again; nil = it was not.
    package func putBackUntil(_ id: Int64) -> Instant? { putBacks.first { $0.id == id }?.until }

    /// Returns when the URL is asked again; nil if nothing is known of the verdict's request.
    package mutating func putBack(_ verdict: Verdict, now: Instant) -> Instant? {
        guard let flight = flights[verdict.id], flight.isJudged else { return nil }
        let active = flight.origin
        if verdict.rewritesOthers { active.rewriting -= 1 }
        reload(active, now)
        return putBack(verdict.id, now)
    }

    /// As for a verdict. Its origin's URLs wait too: what is stored of its robots.txt says less than was just learned.
    package mutating func putBack(_ change: RobotsChange, now: Instant) -> Instant? {
        guard robotsFlights[change.origin]?.isJudged ?? false else { return nil }
        let until = putBack(URLKey.robots(of: change.origin), now)
        let active = activate(change.origin)
        hold(active, until: until, now)
        rest(active, now: now)
        return until
    }

    private mutating func putBack(_ id: Int64, _ now: Instant) -> Instant {
        let until = now + Self.putBackFor
        putBacks.append(PutBack(id: id, until: until))
        return until
    }

    /// Those whose time has come are as due as before.
    mutating func takeBack(_ now: Instant) {
        while let next = putBacks.first, next.until <= now {
            putBacks.removeFirst()
            if URLKey.isRobots(next.id) {
                let origin = URLKey.origin(of: next.id)
                robotsFlights[origin] = nil
                robots.remove(origin)  // the store tells what counts
                guard let active = activeOrigin(origin) else {
                    wake(origin, at: now)
                    continue
                }
                reload(active, now)
            } else if let flight = flights.removeValue(forKey: next.id) {
                flight.origin.outstanding -= 1
                reload(flight.origin, now)
            }
        }
    }

    /// What was judged may be more than what is stored: the origin goes on by that.
    mutating func reload(_ active: ActiveOrigin, _ now: Instant) {
        drop(active, now: now)
        active.voidLease()
        active.health = nil
        active.canary = nil
        active.noteDue(now)
        active.noteHealthDue(now)
        rest(active, now: now)
    }
}
