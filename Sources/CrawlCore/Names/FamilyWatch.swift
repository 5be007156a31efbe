/// Sees when all addresses of one family cannot be reached from here, though the domains can by the other: it is left
/// alone for a while. Pure.
struct FamilyWatch {
    /// So many domains within the window, and none that connected.
    static let domains = 5
    static let window = Duration.seconds(60)
    static let rest = Duration.seconds(600)

    /// Domains that connected by the other family after this one had failed, by moment; index 0 = IPv4.
    private var failed: (RecentDomains, RecentDomains) = (RecentDomains(), RecentDomains())
    private var restsUntil: (Instant, Instant) = (Instant(ms: .min), Instant(ms: .min))

    /// The family is left alone.
    func rests(v4: Bool, _ now: Instant) -> Bool { (v4 ? restsUntil.0 : restsUntil.1) > now }

    /// Nobody is: the usual state, seen at a glance.
    func isIdle(_ now: Instant) -> Bool { restsUntil.0 <= now && restsUntil.1 <= now }

    /// No address of either has failed lately where another was good: what connects at once says nothing new.
    var isCalm: Bool { failed.0.count == 0 && failed.1.count == 0 }

    /// A domain was connected to; `after`: the family whose address had failed before, nil = none had.
    mutating func connected(_ domain: UInt64, v4: Bool, afterOther: Bool, now: Instant) {
        if v4 { forget(&failed.0) } else { forget(&failed.1) }
        guard afterOther else { return }
        if v4 { note(domain, &failed.1, &restsUntil.1, now) } else { note(domain, &failed.0, &restsUntil.0, now) }
    }

    private func forget(_ domains: inout RecentDomains) {
        if domains.count > 0 { domains.removeAll() }
    }

    private func note(_ domain: UInt64, _ domains: inout RecentDomains, _ until: inout Instant, _ now: Instant) {
        domains.note(domain, at: now)
        domains.expire(before: now - Self.window)
        guard domains.count >= Self.domains else { return }
        until = now + Self.rest
        domains.removeAll()
    }

    mutating func clockJumped() { self = FamilyWatch() }
}
