/// Where the control socket answers, in one place for the daemon and the command line.
package enum Routes {
    package static let urls = "/v1/urls"
    package static let revive = "/v1/urls/revive"
    package static let explain = "/v1/explain"
    package static let origins = "/v1/origins"
    package static let incidents = "/v1/incidents"
    package static let alerts = "/v1/alerts"
    package static let sitemaps = "/v1/sitemaps"
    package static let results = "/v1/results"
    package static let consumers = "/v1/results/consumers"
    package static let ack = "/v1/results/ack"
    package static let content = "/v1/content"
    package static let events = "/v1/events"
    package static let pause = "/v1/pause"
    package static let resume = "/v1/resume"
    package static let drain = "/v1/drain"
    package static let backup = "/v1/backup"
    package static let status = "/v1/status"
    package static let openapi = "/v1/openapi.json"
    package static let metrics = "/metrics"
    package static let healthz = "/healthz"

    /// Header of a page's answer: the value for `after` that continues it. Absent on the last page.
    package static let nextCursor = "Crawld-Next"
    /// Rows of a page when `limit` is absent.
    package static let defaultLimit = 100
    /// The most that `limit` may ask for.
    package static let maxLimit = 1000
}

/// Media types that the control socket speaks, without parameters.
package enum ContentType {
    package static let text = "text/plain"
    package static let json = "application/json"
    package static let ndjson = "application/x-ndjson"
    package static let bytes = "application/octet-stream"
    package static let problem = "application/problem+json"
}
