/// Ours, control, ours: a URL that fails for us, is served to the control profile and fails for us again, all by the same
/// way within minutes, does not fail: it turns our request away.
///
/// The answer with which it turned pending is the first of the three, so a proof costs two requests at most. Whatever does
/// not fit ends it, and then nothing is known: the hour goes on.
package struct SoftBlockProof: Sendable, Hashable {
    /// What is asked next; raw values are stored.
    package enum Step: UInt8, Sendable {
        case control = 1
        case ours = 2
    }

    package enum Finding: Sendable, Hashable {
        /// `step` is to be asked.
        case goesOn
        /// Our request is turned away.
        case blocked
        /// It is over and has shown nothing.
        case nothing
    }

    /// What a proof sees of an answer.
    package struct Answer: Sendable, Hashable {
        /// To a request of the control profile.
        package var isControl: Bool
        package var outcome: Outcome
        package var kind: OutcomeKind
        /// Who answered; nil = unknown, which proves nothing.
        package var address: IPAddress?
        /// Through which proxy; nil = none.
        package var proxy: UInt16?
        package var at: Instant

        package init(
            isControl: Bool, outcome: Outcome, kind: OutcomeKind, address: IPAddress?, proxy: UInt16?, at: Instant
        ) {
            self.isControl = isControl
            self.outcome = outcome
            self.kind = kind
            self.address = address
            self.proxy = proxy
            self.at = at
        }
    }

    /// From the first answer to the last: a site that recovers or breaks meanwhile must not look like a block.
    package static let limit = Duration.seconds(10 * 60)

    package private(set) var step: Step
    /// As which we were turned away.
    package let outcome: Outcome
    package let address: IPAddress
    package let proxy: UInt16?
    package let begunAt: Instant

    /// nil if the answer is none that a proof can begin with.
    package init?(first answer: Answer) {
        guard !answer.isControl, answer.kind == .failing, let address = answer.address else { return nil }
        self.init(step: .control, outcome: answer.outcome, address: address, proxy: answer.proxy, begunAt: answer.at)
    }

    /// As stored.
    package init(step: Step, outcome: Outcome, address: IPAddress, proxy: UInt16?, begunAt: Instant) {
        self.step = step
        self.outcome = outcome
        self.address = address
        self.proxy = proxy
        self.begunAt = begunAt
    }

    package func isInTime(_ answer: Answer) -> Bool { answer.at >= begunAt && answer.at - begunAt <= Self.limit }

    package mutating func note(_ answer: Answer) -> Finding {
        guard answer.isControl == (step == .control), answer.address == address, answer.proxy == proxy,
            isInTime(answer)
        else { return .nothing }
        switch step {
        case .control:
            // A page that says no to the control profile as well does not tell the two apart.
            guard answer.kind == .good, answer.outcome != .blocked else { return .nothing }
            step = .ours
            return .goesOn
        case .ours: return answer.kind == .failing && answer.outcome == outcome ? .blocked : .nothing
        }
    }
}
