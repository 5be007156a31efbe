/// Whether the daemon gives out new fetches, after `POST /v1/pause` or `/v1/resume`.
package struct PausedAnswer: Codable, Sendable, Hashable {
    package var paused: Bool

    package init(paused: Bool) { self.paused = paused }
}
