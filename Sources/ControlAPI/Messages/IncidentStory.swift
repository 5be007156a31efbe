/// One incident with all that is kept of it: `GET /v1/incidents?id=…`. The keys of its record, and those below.
package struct IncidentStory: Codable, Sendable, Hashable {
    package var record: IncidentRecord
    /// A block of text that is ready to send to the site's owner; null = there is none to write to.
    @OrNull package var report: String?
    /// What happened, in the order of time.
    package var story: [Step]
    /// At most 100 of the URLs that it is about now; of one that is over, those of its sample that are still known.
    package var urls: [URLRecord]
    /// The last attempts of some of those URLs, the newest first; kept only while they fail.
    package var attempts: [Attempt]
    /// Every message of it, with its deliveries, the oldest first.
    package var alerts: [AlertRecord]

    package struct Step: Codable, Sendable, Hashable {
        package var at: String
        /// `first-failure`, `marked`, `alert`, `last-failure` or `closed`.
        package var what: String
        package var detail: String

        package init(at: String, what: String, detail: String) {
            self.at = at
            self.what = what
            self.detail = detail
        }
    }

    /// The keys of the attempt and `url`.
    package struct Attempt: Codable, Sendable, Hashable {
        package var url: String
        package var attempt: AttemptRecord

        package init(url: String, attempt: AttemptRecord) {
            self.url = url
            self.attempt = attempt
        }

        package init(from decoder: any Decoder) throws {
            attempt = try AttemptRecord(from: decoder)
            url = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .url)
        }

        package func encode(to encoder: any Encoder) throws {
            try attempt.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(url, forKey: .url)
        }

        private enum CodingKeys: String, CodingKey {
            case url
        }
    }

    package init(
        record: IncidentRecord, report: String? = nil, story: [Step] = [], urls: [URLRecord] = [],
        attempts: [Attempt] = [], alerts: [AlertRecord] = []
    ) {
        self.record = record
        _report = OrNull(wrappedValue: report)
        self.story = story
        self.urls = urls
        self.attempts = attempts
        self.alerts = alerts
    }

    package init(from decoder: any Decoder) throws {
        record = try IncidentRecord(from: decoder)
        let rest = try decoder.container(keyedBy: CodingKeys.self)
        _report = OrNull(wrappedValue: try rest.decodeIfPresent(String.self, forKey: .report))
        story = try rest.decode([Step].self, forKey: .story)
        urls = try rest.decode([URLRecord].self, forKey: .urls)
        attempts = try rest.decode([Attempt].self, forKey: .attempts)
        alerts = try rest.decode([AlertRecord].self, forKey: .alerts)
    }

    package func encode(to encoder: any Encoder) throws {
        try record.encode(to: encoder)
        var rest = encoder.container(keyedBy: CodingKeys.self)
        try rest.encode(_report, forKey: .report)
        try rest.encode(story, forKey: .story)
        try rest.encode(urls, forKey: .urls)
        try rest.encode(attempts, forKey: .attempts)
        try rest.encode(alerts, forKey: .alerts)
    }

    private enum CodingKeys: String, CodingKey {
        case report, story, urls, attempts, alerts
    }
}
