/// `GET /healthz`: 200 if `healthy`, else 503.
package struct HealthAnswer: Codable, Sendable, Hashable {
    package var healthy: Bool
    /// What is wrong, one line each; empty = nothing is.
    package var reasons: [String]

    package init(reasons: [String] = []) {
        healthy = reasons.isEmpty
        self.reasons = reasons
    }
}
