/// How much of the result feed is kept; what is older goes, whoever has not read it.
package struct ResultLimits: Sendable, Hashable {
    /// Since the answer; default 7 days.
    package var maxAge: Duration = .seconds(7 * 86_400)
    /// Default 10,000,000.
    package var maxRows: Int64 = 10_000_000
    /// Of all rows, about; default 4 GiB.
    package var maxBytes: Int64 = 4 << 30

    package init() {}

    /// For a feed that is off.
    static let nothing = {
        var limits = ResultLimits()
        (limits.maxRows, limits.maxBytes) = (0, 0)
        return limits
    }()

    /// What a quiet moment leaves, so that the commits after it need not make room.
    var withRoom: ResultLimits {
        var limits = self
        limits.maxRows -= maxRows / 16
        limits.maxBytes -= maxBytes / 16
        return limits
    }
}
