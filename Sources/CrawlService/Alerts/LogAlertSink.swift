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
        log.logSurely(event == .resolved ? .notice : .warning, event.rawValue, Self.metadata(alert.facts)) {
            done(.delivered)
        }
    }

    /// `message_id` is what the journal's catalog knows the event by: the handler makes it no field of the line, and puts
    /// these fields first, in the order of `LogRecord.firstKeys`. A field without a value is left out.
    static func metadata(_ facts: AlertFacts) -> Logger.Metadata {
        var fields: Logger.Metadata = [
            "cause": "\(facts.cause)",
            "incident": "\(facts.incident)", "first_at": "\(Timestamp.text(facts.firstAtMs))",
            "observations": "\(facts.observations)", "message_id": "\(messageID(facts.event))",
        ]
        if !facts.url.isEmpty { fields["url"] = "\(facts.url)" }
        if !facts.origin.isEmpty { fields["origin"] = "\(facts.origin)" }
        if let grade = facts.grade { fields["grade"] = "\(grade)" }
        if let ray = facts.rays.last { fields["cf_ray"] = "\(ray)" }
        if let how = facts.how {
            fields["how"] = "\(how.rawValue)"
            fields["last_at"] = "\(Timestamp.text(facts.lastAtMs))"
        }
        return fields
    }

    /// 32 hex digits, fixed for ever: scripts search the journal by them.
    package static func messageID(_ event: AlertFacts.Event) -> String {
        switch event {
        case .brokenOrigin: "8214ff25114e43dc9e385c3fc79b0a43"
        case .edgeIncident: "0f01a52e96984cf688f6ab506031618b"
        case .offline: "b7c30a29f8e2448dad34025d09ff49c2"
        case .resolved: "46101075c98246cbacc22d2689257193"
        }
    }
}
