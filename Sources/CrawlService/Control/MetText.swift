import CrawlCore

/// What a request met, in words: an HTTP answer by its status, anything else as what it was, with the status that it
/// counts as.
enum MetText {
    /// `evidence` nil = nothing is known of it but the outcome.
    static func text(_ outcome: Outcome, _ evidence: Evidence?) -> String {
        let plain = outcome.cause ?? outcome.name
        guard let cause = outcome.cause, let evidence, evidence.status != Int32(cause) else { return plain }
        return "\(words(outcome, evidence)) (counted as \(cause))"
    }

    /// Only outcomes that have a cause.
    private static func words(_ outcome: Outcome, _ evidence: Evidence) -> String {
        if evidence.status > 0 { return "a broken answer \(evidence.status)" }
        switch outcome {
        case .originDown: return "connection refused"
        case .connectTimeout: return "no connection in time"
        case .unreachable: return unreachable(evidence)
        case .responseTimeout: return "no answer in time"
        case .tlsHandshake: return "TLS handshake failed"
        case .tlsCertificate: return "certificate not valid"
        default: return broken(evidence.curlCode)
        }
    }

    /// By libcurl's code, then by errno as the network said it; see `TransportFailure`.
    private static func unreachable(_ evidence: Evidence) -> String {
        switch (evidence.curlCode, evidence.osErrno) {
        case (6, _): "no such host"
        case (28, _): "name not resolved in time"
        case (_, 101): "network unreachable"
        case (_, 13): "forbidden by a router"
        default: "host unreachable"
        }
    }

    /// An answer that was none.
    private static func broken(_ curlCode: Int32) -> String {
        switch curlCode {
        case 52: "empty answer"
        case 7, 55, 56: "connection reset"
        case 1, 8: "an answer that is not HTTP"
        case 16, 92: "HTTP/2 failed"
        default: "a broken answer"
        }
    }
}

extension HealthRecord.Run {
    /// What all of it met; of a robots.txt that mixes them all of them, the most frequent first.
    var told: String {
        guard met.count > 1 || onlyOutcome == nil else { return MetText.text(onlyOutcome ?? outcome, evidence) }
        return met.map { ($0.key.name, $0.value) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
            .map { met.count > 1 ? "\($0) \($1)" : $0 }.joined(separator: ", ")
    }
}
