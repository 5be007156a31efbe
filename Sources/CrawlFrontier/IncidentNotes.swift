import CrawlCore

/// What the answers of one commit tell of open incidents that they share, until it is written: each incident's facts are
/// read and written once then, not once an answer. `IncidentStore` alone has to do with it.
final class IncidentNotes {
    /// As the rows will have them, by incident; each is open.
    var facts: [String: AlertFacts] = [:]
}
