/// A failing answer to a conditional request says nothing of the page: the validators may be what the server fails on. It
/// is held back, and the next request, at the machine's own next step, is a plain one. That decides:
///
/// | the plain answer | the one held back |
/// |---|---|
/// | good | never was: no run, no streak |
/// | failing or wavering, of the same class | counts from its own time: it began the run, and its burst |
/// | failing or wavering, of another class | never was: run, streak and burst begin with the plain one |
/// | neutral | waits on, as an open run would |
/// | refused by a rule of ours | waits until the rule changes |
///
/// While it waits, the record has the run as it will be if it counts; nothing but the two guards goes by it. A 412
/// (RFC 9110 §15.5.13) is held back too, without a run: the plain request is due at once, as ordinary traffic.
extension HealthRecord {
    /// What the answer to a plain request makes of one that is held back. Before the answer itself is counted.
    mutating func settleHeldBack(by observation: Observation, _ kind: OutcomeKind) {
        guard isHeldBack, kind == .failing || kind == .wavering else { return }
        isHeldBack = false
        guard run?.outcome != observation.classification.outcome else { return }
        phase = .healthy
        run = nil
        streakSince = observation.completedAt
        level = 0
        neutralTries = 0
        requests = 0
    }

    /// When the answer came that is held back; means nothing without one.
    var heldBackSince: Instant { run?.lastAt ?? streakSince }
}

extension HealthMachine {
    /// A 412 to a conditional request: no answer about the page. Asked plainly once, so another 412 ends it.
    func preconditionFailed(_ observation: Observation, _ record: HealthRecord?) -> Decision {
        var record = record ?? HealthRecord(first: observation)
        record.isHeldBack = true
        return Decision(record: record, next: .retry(observation.completedAt))
    }
}
