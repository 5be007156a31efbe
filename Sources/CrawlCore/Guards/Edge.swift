/// Who stands between us and an origin, and can fail for many of them at once. Raw values are stored and never change.
package enum Edge: UInt8, Sendable, CaseIterable {
    /// Nobody that we know of.
    case direct = 0
    case cloudflare = 1

    package var name: String { String(describing: self) }

    /// Those that a storm can be behind.
    static let providers = allCases.filter { $0 != .direct }

    /// nil = nobody that we know of.
    var asProvider: Edge? { self == .direct ? nil : self }

    /// Who gave the answer.
    init(_ result: FetchResult) { self = result.flags.contains(.edge) ? .cloudflare : .direct }
}
