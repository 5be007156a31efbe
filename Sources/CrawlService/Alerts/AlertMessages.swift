package import ControlAPI
package import CrawlCore
package import CrawlFrontier

/// A stored alert as the message that every receiver gets: the hook, the webhook and `GET /v1/alerts`.
package enum AlertMessages {
    package static func message(_ alert: StoredAlert) -> AlertMessage {
        let facts = alert.facts
        var message = AlertMessage(
            id: alert.id, at: Timestamp.text(alert.at.ms), event: facts.event.rawValue, incident: facts.incident,
            scope: facts.scope.rawValue, cause: facts.cause, urlsAffected: facts.urlsAffected, sample: facts.sample,
            firstAt: Timestamp.text(facts.firstAtMs), lastAt: Timestamp.text(facts.lastAtMs),
            observations: facts.observations, requestsSpent: facts.requestsSpent,
            requestsSaved: facts.requestsSaved, relapses: facts.relapses)
        message.url = facts.url
        message.origin = facts.origin
        message.consumer = facts.consumer
        message.grade = facts.grade
        message.evidence = evidence(facts)
        message.previous = facts.previous
        message.nextLook = facts.nextLook.map { NextLookRecord($0, now: alert.at) }
        message.how = facts.how?.rawValue
        message.report = SiteReport(facts)?.text
        return message
    }

    /// The message as UTF-8 JSON on one line, without a line break at the end.
    package static func json(_ alert: StoredAlert) throws -> [UInt8] {
        Array(try ControlJSON.encode(message(alert)))
    }

    /// `serverError 3, throttled 2`: the most frequent first; nil = none are kept.
    static func outcomes(_ facts: AlertFacts) -> String? {
        guard !facts.outcomes.isEmpty else { return nil }
        return facts.outcomes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
            .joined(separator: ", ")
    }

    /// nil = nothing was kept.
    package static func evidence(_ facts: AlertFacts) -> EvidenceRecord? {
        guard facts.evidence != nil || !facts.rays.isEmpty || !facts.colos.isEmpty || !facts.outcomes.isEmpty else {
            return nil
        }
        var record = EvidenceRecord(
            cfRay: facts.rays, colos: facts.colos, viaProxy: facts.evidence?.viaProxy ?? false)
        if !facts.outcomes.isEmpty { record.outcomes = facts.outcomes }
        guard let last = facts.evidence else { return record }
        record.status = last.status == 0 ? nil : Int(last.status)
        record.curlCode = last.curlCode == 0 ? nil : Int(last.curlCode)
        record.connectionEnd = last.connectionEnd
        record.remoteIP = last.remoteIP
        record.httpVersion = last.httpVersion
        record.errorName = last.errorName
        record.errorCategory = last.errorCategory
        record.retryable = last.retryable
        return record
    }
}
