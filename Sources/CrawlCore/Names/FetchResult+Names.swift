extension FetchResult {
    /// The answer to a request that was not sent, because its name has no address. `isOurs`: whose fault that is cannot be
    /// told from our own resolver's.
    init(ticket: Int64, unresolved answer: NameAnswer, isOurs: Bool) {
        self.init(ticket: ticket, startedAt: answer.begunAt, completedAt: answer.endedAt)
        curlCode = 6  // COULDNT_RESOLVE_HOST
        flags = isOurs ? [.unresolved, .resolverDown] : .unresolved
        if case .failed(let failure) = answer.finding { osErrno = failure.errno }
        var details = FetchDetails()
        details.errorText = answer.finding.text(isOurs: isOurs)
        self.details = details
    }
}

extension NameAnswer.Finding {
    /// For people: what a look-up that gave no address has said.
    package func text(isOurs: Bool) -> String {
        switch self {
        case .addresses(let found, _): "\(found.count) addresses"
        case .noName: "there is no such name (NXDOMAIN)"
        case .noAddress: "the name has no address"
        case .failed(let failure) where isOurs: "\(failure.kind.name), which cannot be told from our resolver's fault"
        case .failed(let failure): "\(failure.kind.name) twice, while its servers answer for others"
        }
    }
}

extension Classification {
    /// The same, of an answer from there: where only addresses whose time is over were left to ask, that nobody answered
    /// says nothing.
    func at(_ sentTo: Destinations?, _ result: FetchResult) -> Classification {
        guard sentTo?.isStale ?? false, !result.flags.contains(.headersComplete), kind != .refused else { return self }
        var unsure = Classification(.inconclusive)
        unsure.evidence = evidence
        return unsure
    }
}
