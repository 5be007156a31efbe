/// What is known of a block that only our own dress meets.
package enum SoftBlock: Sendable, Hashable {
    /// It is being found out.
    case proof(SoftBlockProof)
    /// A proof has shown nothing; the run of this class has no other.
    case unproven(Outcome)
    /// Proved; the incident is open. Switched = the control profile asks, else nobody does until an operator revives it.
    case blocked(ULID, isSwitched: Bool)
    /// The control profile asks, and was served.
    case switched

    /// The open incident.
    package var incident: ULID? {
        if case .blocked(let incident, _) = self { return incident }
        return nil
    }

    /// The control profile asks from now on.
    package var isSwitched: Bool {
        switch self {
        case .switched, .blocked(_, isSwitched: true): true
        case .blocked(_, isSwitched: false), .proof, .unproven: false
        }
    }

    package var isParked: Bool {
        if case .blocked(_, isSwitched: false) = self { return true }
        return false
    }
}

/// What an answer changes of a soft block's incident.
package enum SoftBlockChange: Sendable, Hashable {
    case opened(ULID)
    case closed(ULID, AlertFacts.Ending)
}

extension HealthRecord {
    /// What a good answer leaves: nothing, unless the answer was owed to the other profile.
    func afterGood(at: Instant) -> HealthRecord? {
        softBlock?.isSwitched ?? false ? .switched(at: at) : nil
    }

    /// A URL that is fine, as the control profile asks.
    private static func switched(at: Instant) -> HealthRecord {
        var record = HealthRecord(streakSince: at)
        record.softBlock = .switched
        return record
    }

    /// Only the switch is remembered: the URL does not fail.
    package var isIdle: Bool {
        softBlock == .switched && phase == .healthy && run == nil && neutralTries == 0 && mark == nil && !isHeldBack
    }

    /// What an answer finds, complete at `at`: a failing answer of the profile that a URL was switched to begins a run,
    /// and after a good one a streak.
    func met(by kind: OutcomeKind, at: Instant) -> HealthRecord {
        if isIdle { return .switched(at: at) }
        guard phase == .softBlocked, softBlock?.isSwitched ?? false, kind == .failing || kind == .wavering else {
            return self
        }
        var record = self
        record.beginAnew()
        return record
    }

    /// The streak goes on, and its run was another profile's.
    mutating func beginAnew() {
        phase = .healthy
        run = nil
        neutralTries = 0
    }
}
