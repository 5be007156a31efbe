import ControlAPI
package import CrawlCore
package import CrawlFrontier
import Logging

/// Writes the log line that tells of an alert. Delivered means that the log handler took it; a line below the
/// configured level is taken and not written.
package struct LogAlertSink: AlertSink {
    package static let sinkName = "log"

    package let name = Self.sinkName
    private let log: LogSink

    package init(log: LogSink) { self.log = log }

    package func deliver(_ alert: StoredAlert, done: @escaping @Sendable (AlertDelivery) -> Void) {
        let event = alert.facts.event
        log.logSurely(event == .resolved ? .notice : .warning, event.rawValue, Self.metadata(alert.facts, at: alert.at))
        {
            done(.delivered)
        }
    }

    /// `message_id` is what the journal's catalog knows the event by: the handler makes it no field of the line, and puts
    /// these fields first, in the order of `LogRecord.firstKeys`. A field without a value is left out.
    static func metadata(_ facts: AlertFacts, at: Instant) -> Logger.Metadata {
        var fields: Logger.Metadata = [
            "cause": "\(facts.cause)", "incident": "\(facts.incident)",
            "first_at": "\(Timestamp.text(facts.firstAtMs))", "observations": .stringConvertible(facts.observations),
            "message_id": "\(messageID(facts.event))",
        ]
        if let url = facts.url { fields["url"] = "\(url)" }
        if let origin = facts.origin { fields["origin"] = "\(origin)" }
        if let consumer = facts.consumer { fields["consumer"] = "\(consumer)" }
        if let grade = facts.grade { fields["grade"] = "\(grade)" }
        if let ray = facts.rays.last { fields["cf_ray"] = "\(ray)" }
        if facts.event == .reminder || facts.event == .resolved {
            fields["last_at"] = "\(Timestamp.text(facts.lastAtMs))"
        }
        if facts.event == .reminder { fields["requests_spent"] = .stringConvertible(facts.requestsSpent) }
        if let look = facts.nextLook { fields["next_look"] = "\(RecheckText.text(look.next, now: at))" }
        if let how = facts.how { fields["how"] = "\(how.rawValue)" }
        if facts.scope != .url {
            fields["scope"] = "\(facts.scope.rawValue)"
            fields["urls_affected"] = .stringConvertible(facts.urlsAffected)
        }
        if facts.cause == RobotsFailure.cause, let outcomes = AlertMessages.outcomes(facts) {
            fields["outcomes"] = "\(outcomes)"
        }
        if facts.origin == nil, let first = facts.sample.first { fields["sample"] = "\(first)" }
        if let previous = facts.previous { fields["previous"] = "\(previous)" }
        if facts.relapses > 0 { fields["relapses"] = .stringConvertible(facts.relapses) }
        return fields
    }

    /// 32 hex digits, fixed for ever: scripts search the journal by them, and its catalog explains them.
    package static func messageID(_ event: AlertFacts.Event) -> String {
        switch event {
        case .brokenOrigin: "8214ff25114e43dc9e385c3fc79b0a43"
        case .softBlocked: "ce8f4aea14624a0b8ec714bd2d61023d"
        case .edgeIncident: "a100f1eb56ca45a7a9a38a0fdf37d95b"
        case .offline: "fe4107a6b2194da5bf746e7fafa2e1d3"
        case .resultsLag: "8395d06597c941cfb07e9e38ee52638f"
        case .storage: "439216e1b4aa4493b63d431025c2d198"
        case .reminder: "4b360733d3eb4db4afd91cba0cf41212"
        case .resolved: "46101075c98246cbacc22d2689257193"
        }
    }
}
