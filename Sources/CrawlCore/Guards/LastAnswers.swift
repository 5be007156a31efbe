/// The last HTTP answers of two domains: enough to say whether any other than a given one has answered lately.
struct LastAnswers {
    private var last: (domain: UInt64, at: Instant)?
    /// Of another domain than that.
    private var before: (domain: UInt64, at: Instant)?

    mutating func note(_ domain: UInt64, at: Instant) {
        if let last, last.domain != domain {
            before = last
            self.last = (domain, at)
        } else {
            last = (domain, at)
        }
    }

    func hasAny(otherThan domain: UInt64, since: Instant) -> Bool {
        let found = last?.domain == domain ? before : last
        return found.map { $0.at >= since } ?? false
    }
}
