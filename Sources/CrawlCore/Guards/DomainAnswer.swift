/// What one answer says of its registrable domain.
struct DomainAnswer {
    enum Kind: Hashable {
        case good
        /// A 5xx that came from an edge, whoever made it.
        case edgeFailure
        /// Another failing answer.
        case failure
        /// No HTTP answer at all: name, route, refusal, time-out, reset, empty.
        case silence
        /// The same, and whose fault it is nobody knows: no name server answered, or something failed in us. With many
        /// others it may mean that we are offline; of the domain it says nothing.
        case unexplained
        /// An HTTP answer that says neither.
        case other
    }

    var domain: UInt64
    var kind: Kind
    /// Who answered; nil = nobody did.
    var edge: Edge?
    var origin: Int64
    /// 0 = the origin's robots.txt.
    var url: Int64
    /// Since when the URL fails; nil = it did not before.
    var failingSince: Instant?
    var at: Instant
    var ray: String?
    var colo: String?

    /// nil for what says nothing of a domain: we did not ask, or ended it ourselves. A good robots.txt is only an answer:
    /// an edge may give it on behalf of a dead origin. So is a 412 to a conditional request.
    static func kind(_ result: FetchResult, _ classification: Classification, isRobots: Bool) -> Kind? {
        if classification.kind == .refused || result.flags.contains(.cancelled) || result.metLocalLimit
            || result.isSpoiltByRecorder
        {
            return nil
        }
        guard result.flags.contains(.headersComplete) else {
            if classification.kind == .neutral { return .unexplained }
            return classification.outcome == .tlsCertificate ? .failure : .silence
        }
        if result.status >= 500, Edge(result) != .direct { return .edgeFailure }
        switch classification.kind {
        case .good: return isRobots || classification.isPreconditionFailed ? .other : .good
        case .failing, .wavering: return .failure
        case .neutral, .refused: return .other
        }
    }
}
