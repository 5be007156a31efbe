/// A named reader of the result feed, whose place the daemon keeps.
package struct ConsumerRecord: Codable, Sendable, Hashable {
    package var name: String
    /// It is done with all up to this `seq`.
    package var cursor: Int64
    /// Results after it, those that are gone already included.
    package var behind: Int64
    package var madeAt: String

    package init(name: String, cursor: Int64, behind: Int64, madeAt: String) {
        self.name = name
        self.cursor = cursor
        self.behind = behind
        self.madeAt = madeAt
    }

    private enum CodingKeys: String, CodingKey {
        case name, cursor, behind
        case madeAt = "made_at"
    }
}

/// The result feed in `GET /v1/status`.
package struct ResultsReport: Codable, Sendable, Hashable {
    /// Results that are kept.
    package var rows: Int64
    /// What they take, about.
    package var bytes: Int64
    /// All up to this `seq` is gone.
    package var begins: Int64
    /// The last `seq` that was given.
    package var head: Int64
    package var consumers: [ConsumerRecord]

    package init(rows: Int64, bytes: Int64, begins: Int64, head: Int64, consumers: [ConsumerRecord]) {
        self.rows = rows
        self.bytes = bytes
        self.begins = begins
        self.head = head
        self.consumers = consumers
    }
}
