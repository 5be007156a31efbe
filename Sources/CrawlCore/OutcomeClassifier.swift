/// Facts to judgement: which `Outcome` an attempt had, how sure a 520 is, what the server asked us to wait. Pure.
///
/// The order is: what we did ourselves · what a proxy did (`ProxyMarks`) · a connection that we had to end (`ConnectionEnd`) · an HTTP status of 400 and more, or a redirect
/// that can be followed, however its body ended · what libcurl met (`TransportFailure`) · any other status.
package struct OutcomeClassifier: Sendable {
    /// `health.direct_equivalents`, default true: a failure that libcurl sees at an origin, and that an edge would
    /// have turned into a 520, counts as one; false makes it a `serverError`.
    package var directEquivalents: Bool

    package init(directEquivalents: Bool = true) { self.directEquivalents = directEquivalents }

    package func classify(_ result: FetchResult) -> Classification {
        let edge = EdgeMarks(result)
        var classification = judge(result, edge)
        classification.prefersHTTP1 = result.flags.contains(.retriedOverHTTP1)
        classification.retryAfter = wish(in: result, edge, classification.outcome)
        guard classification.kind != .good else { return classification }
        classification.evidence = Evidence(result, edge)
        classification.evidence?.retryAfter = classification.retryAfter.map { $0.components.seconds }
        return classification
    }

    private func judge(_ result: FetchResult, _ edge: EdgeMarks) -> Classification {
        if result.flags.contains(.cancelled) || result.isSpoiltByRecorder { return Classification(.inconclusive) }
        if !result.flags.isDisjoint(with: [.requestTooLarge, .addressRefused]) {
            return Classification(.refusedByPolicy)
        }
        if ProxyMarks.isProxys(result) { return Classification(.inconclusive) }
        let isComplete = result.flags.contains(.headersComplete)
        // Whatever it had begun to say: we ended it for what it did to all others.
        if result.connectionEnd != nil { return isComplete ? Classification(.truncated) : direct() }
        // However its body ended.
        if isComplete, result.status < 400, edge.isTurnedAway { return blockedByEdge() }
        if isComplete, result.status >= 500 || result.status >= 400 && !result.flags.contains(.contentLengthConflict) {
            return status(result, edge)
        }
        if result.leadsElsewhere { return status(result, edge) }
        switch TransportFailure.find(in: result) {
        case nil: return status(result, edge)
        case .originError: return direct()
        case .outcome(let outcome): return Classification(outcome)
        }
    }

    private func direct() -> Classification {
        guard directEquivalents else { return Classification(.serverError) }
        var classification = Classification(.unknownOriginError)
        classification.grade = .direct
        return classification
    }

    /// Of 3xx, 4xx and 5xx: the header, or else the edge's document. What a proxy says is no wish of the server's.
    private func wish(in result: FetchResult, _ edge: EdgeMarks, _ outcome: Outcome) -> Duration? {
        guard result.status >= 300, result.flags.contains(.headersComplete), outcome != .inconclusive else {
            return nil
        }
        return result.details?.retryAfter.flatMap { RetryAfter.parse($0, now: result.completedAt) }
            ?? edge.document?.retryAfter
    }

    /// What the edge's own code makes of the answer; nil = nothing beyond its status.
    private func byCode(_ result: FetchResult, _ edge: EdgeMarks) -> Classification? {
        guard let code = edge.code, let outcome = EdgeCode.outcome(of: code, status: result.status) else { return nil }
        var classification = Classification(outcome)
        classification.byEdge = outcome == .blocked
        if outcome == .throttled { classification.throttle = code }
        if outcome == .unknownOriginError { classification.grade = edge.grade }
        return classification
    }

    private func blockedByEdge() -> Classification {
        var classification = Classification(.blocked)
        classification.byEdge = true
        return classification
    }

    private func status(_ result: FetchResult, _ edge: EdgeMarks) -> Classification {
        if edge.isTurnedAway { return blockedByEdge() }
        if let classification = byCode(result, edge) { return classification }
        switch result.status {
        // A proxy's own catch-all; the edge's would name itself.
        case 520 where edge.grade == .unattributed && result.flags.contains(.viaProxy):
            return Classification(.inconclusive)
        case 200..<300: return Classification(.success)
        case 304: return Classification(result.flags.contains(.conditional) ? .notModified : .serverError)
        case 300..<400: return Classification(.redirected)
        case 404, 410: return Classification(.gone)
        case 401, 403, 451: return Classification(.blocked)
        case 408, 425: return Classification(.serverError)
        case 412 where result.isConditional:
            var classification = Classification(.clientError)
            classification.isPreconditionFailed = true
            return classification
        case 429, 503:
            let asksToWait = result.status == 429 || result.details?.retryAfter != nil
            return Classification(asksToWait ? .throttled : .serverError)
        case 400..<500: return Classification(.clientError)
        case 520:
            var classification = Classification(.unknownOriginError)
            classification.grade = edge.grade
            return classification
        case 521: return Classification(.originDown)
        case 522: return Classification(.connectTimeout)
        case 523: return Classification(.unreachable)
        case 524: return Classification(.responseTimeout)
        case 525: return Classification(.tlsHandshake)
        case 526: return Classification(.tlsCertificate)
        case 530: return Classification(.edgeResolve)
        case 527: return Classification(.edgeOther)
        case 505..<600: return Classification(edge.isCloudflare ? .edgeOther : .serverError)
        // RFC 9110 §15: a status outside 100…599 is to be treated as a 5xx.
        default: return Classification(.serverError)
        }
    }
}
