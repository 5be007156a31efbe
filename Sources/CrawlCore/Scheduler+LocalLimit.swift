/// Requests that met a limit of our own machine: see `LocalLimit`.
extension Scheduler {
    /// From such an end to the next attempt, as far as the pause allows.
    static let afterLocalLimit = Duration.seconds(1)

    /// The answer, whatever it is for, says whether sockets can be had.
    mutating func noteSockets(_ result: FetchResult, of active: ActiveOrigin, now: Instant) {
        guard !result.metLocalLimit else {
            budget.takeBack(active.id)
            return localLimit.failed(result.ticket, errno: result.osErrno, now: now)
        }
        noteSocket(result, now: now)
        localLimit.ended(result.ticket)
    }

    /// It may be still to come.
    mutating func noteSocket(_ result: FetchResult, now: Instant) {
        if result.flags.contains(.openedSocket) {
            localLimit.gotSocket(result.ticket, most: rules.maxInFlight, now: now)
        } else if result.flags.contains(.reusedConnection) {
            localLimit.usedConnection(result.ticket, most: rules.maxInFlight, now: now)
        }
    }

    /// nil = sockets can be had.
    package var localPause: LocalLimit.Pause? { localLimit.pause }

    package mutating func takeLocalNews() -> [LocalLimit.News] { localLimit.takeNews() }
}

extension HealthMachine {
    /// Nothing went out: what is remembered stays as it is, and the URL is asked again at once.
    func unasked(_ observation: Observation, _ record: HealthRecord?) -> Decision {
        let next = observation.completedAt + Scheduler.afterLocalLimit
        let isHealth = record.map { $0.phase != .healthy } ?? false
        return Decision(record: record, next: isHealth ? .health(next) : .retry(next))
    }
}
