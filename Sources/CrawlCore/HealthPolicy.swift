/// One entry of `health.policies`: what is different for one of the classes 521…526 and 530. nil = as for 520.
package struct HealthPolicy: Sendable, Hashable {
    /// The class never leads to a mark: it is retried like a `serverError`. The other numbers mean nothing then.
    package var isOff = false
    package var burst: [Duration]?
    package var probes: [Duration]?
    package var brokenAfter: Duration?
    /// `.some(nil)` = only an operator revives.
    package var recheckFirst: Duration??

    package init(isOff: Bool = false) { self.isOff = isOff }

    /// The class that an alert names `cause`; nil = none that may have a policy.
    package static func outcome(cause: String) -> Outcome? {
        Outcome.allCases.first { $0.cause == cause && $0 != .unknownOriginError }
    }
}
