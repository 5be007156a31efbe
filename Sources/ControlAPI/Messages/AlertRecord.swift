/// An alert in the outbox and how far its deliveries are.
package struct AlertRecord: Codable, Sendable, Hashable {
    package var alert: AlertMessage
    package var deliveries: [DeliveryRecord]

    package init(alert: AlertMessage, deliveries: [DeliveryRecord]) {
        self.alert = alert
        self.deliveries = deliveries
    }

    /// One object: the keys of the alert and `deliveries`.
    package init(from decoder: any Decoder) throws {
        alert = try AlertMessage(from: decoder)
        deliveries = try decoder.container(keyedBy: CodingKeys.self).decode([DeliveryRecord].self, forKey: .deliveries)
    }

    package func encode(to encoder: any Encoder) throws {
        try alert.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(deliveries, forKey: .deliveries)
    }

    private enum CodingKeys: String, CodingKey {
        case deliveries
    }
}

/// An alert on its way to one sink.
package struct DeliveryRecord: Codable, Sendable, Hashable {
    /// `log`, `exec`, or the webhook's host.
    package var sink: String
    /// `waiting`, `delivered`, `given-up`, or `held-back`: a `resolved` whose incident may go on, as a URL of it fails
    /// again.
    package var state: String
    package var attempts: Int
    /// null unless it is waiting.
    @OrNull package var nextAt: String?
    /// What the last attempt failed with.
    @OrNull package var error: String?

    package init(sink: String, state: String, attempts: Int, nextAt: String? = nil, error: String? = nil) {
        self.sink = sink
        self.state = state
        self.attempts = attempts
        self.nextAt = nextAt
        self.error = error
    }

    private enum CodingKeys: String, CodingKey {
        case sink, state, attempts, error
        case nextAt = "next_at"
    }
}
