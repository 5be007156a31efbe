import CrawlCore
import CrawlTesting

/// What comes of a look-up when there is one name server, as the daemon's own resolver finds it:
///
///     asked at 0, 1 and 3 s, given up at 7 ─► failed: once more after 5 s ─► failed again: does the server answer others?
struct SimulatedLookUp: Sendable {
    static let sendings: [Int64] = [0, 1000, 3000]
    static let patience: Int64 = 7000
    static let confirmation: Int64 = 5000
    static let othersWithin: Int64 = 60_000

    private(set) var finding: NameAnswer.Finding
    /// Steady time.
    private(set) var endsAt: Int64
    /// No answer came for a second.
    private(set) var isSlow: Bool
    /// It failed, and while it was under way no server answered anybody.
    private(set) var isOfSilence = false

    /// `latency`: of one answer. `answeredOthers`: the server has answered for another name since a moment.
    init(
        of origin: Int, in plan: NamePlan, at now: Int64, latency: Int64, answeredOthers: (_ since: Int64) -> Bool
    ) {
        isSlow = plan.said(of: origin, at: now) == .nothing
        var (said, at) = Self.round(of: origin, in: plan, from: now, latency)
        if said.isFailure { (said, at) = Self.round(of: origin, in: plan, from: at + Self.confirmation, latency) }
        switch said {
        case .addresses: finding = .addresses(plan.hosts[origin].addresses, ttl: plan.hosts[origin].ttl)
        case .noName(let ttl): finding = .noName(ttl: ttl)
        case .noAddress(let ttl): finding = .noAddress(ttl: ttl)
        case .serverFailure, .nothing:
            var failure = NameFailure(said == .nothing ? .timedOut : .serverFailure)
            failure.isConfirmed = true
            failure.answersOthers = !plan.isSilent(at) || answeredOthers(at - Self.othersWithin)
            if !failure.answersOthers { at += Self.patience }  // the control question's
            finding = .failed(failure)
            isOfSilence = plan.silences.contains { $0.overlaps(now..<at) }
        }
        endsAt = at
    }

    private static func round(
        of origin: Int, in plan: NamePlan, from start: Int64, _ latency: Int64
    ) -> (said: NameTrouble.Said, at: Int64) {
        for offset in sendings {
            let said = plan.said(of: origin, at: start + offset)
            if said != .nothing { return (said, start + offset + latency) }
        }
        return (.nothing, start + patience)
    }
}
