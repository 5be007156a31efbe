/// What asking with a page's validators (RFC 9110 §13.1) has come to. Some servers answer a conditional request with an
/// error and the same request without validators with the page: such a page is asked plainly for a while.
package struct ValidatorTrust: Sendable, Hashable {
    /// Conditional requests that failed, or were answered with 412, while the plain one that followed was good; counted
    /// since the last conditional request that was good. 0 = none.
    package private(set) var faults: UInt8 = 0
    /// No validators are sent before; nil or past = they are.
    package private(set) var plainUntil: Instant?

    package init() {}

    /// As stored; a number that no version wrote is none.
    package init(faults: Int64, plainUntil: Instant?) {
        self.faults = (0..<Int64(Self.limit)).contains(faults) ? UInt8(faults) : 0
        self.plainUntil = plainUntil
    }

    /// One fault may be an outage of a second that hit the conditional request by chance.
    static let limit: UInt8 = 2
    package static let plainFor = Duration.seconds(30 * 86_400)

    package func asksPlainly(at now: Instant) -> Bool { plainUntil.map { now < $0 } ?? false }

    /// A conditional request failed, and the plain one, complete at `at`, was good.
    mutating func noteFault(at: Instant) {
        faults += 1
        guard faults >= Self.limit else { return }
        faults = 0
        plainUntil = at + Self.plainFor
    }

    /// A conditional request was good.
    mutating func noteGood() { faults = 0 }
}
