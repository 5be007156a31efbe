/// `GET /healthz`: 200 if true, else 503.
package struct HealthAnswer: Codable, Sendable, Hashable {
    package var healthy: Bool

    package init(healthy: Bool) { self.healthy = healthy }
}
