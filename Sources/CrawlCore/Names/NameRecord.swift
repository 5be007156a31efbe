/// What is known of one name. Shared by all origins that have it; confined to the scheduler that owns it.
final class NameRecord {
    let host: [UInt8]
    /// What the last look-up said; nil = there was none yet.
    private(set) var answer: NameAnswer?
    /// That holds until then.
    private(set) var expiresAt = Instant(ms: .min)
    /// The addresses of the last look-up that gave any, the best first; empty = none did, or they failed since.
    private(set) var addresses: [IPAddress] = []
    /// They may be used until then while the servers fail.
    private(set) var staleUntil = Instant(ms: .min)
    /// Since when no look-up was answered; nil = the last one was.
    private(set) var failingSince: Instant?
    /// The look-up under way; 0 = there is none.
    var ticket: Int64 = 0
    var askedAt = Instant(ms: .min)
    var isSlow = false
    /// Origins that wait for it, each once.
    var waiting: [Int64] = []
    /// Used since the cache looked for what to forget.
    var isUsed = true
    /// The cache has forgotten it: whoever holds it has to ask for another.
    var isForgotten = false

    /// About what a record takes beside its host and addresses.
    static let ownBytes = 320
    var bytes: Int { Self.ownBytes + host.count + addresses.count * MemoryLayout<IPAddress>.stride }

    init(host: [UInt8]) { self.host = host }

    enum Use: Hashable {
        case fresh
        /// The time of the addresses is over, and the servers fail.
        case stale
        /// There are none.
        case failed
        case unknown
    }

    /// What a request to the name goes by. `demand`: only a look-up that began then or later counts; nil = whatever holds.
    func use(demand: Instant?, _ now: Instant) -> Use {
        if let answer, now < expiresAt, demand.map({ answer.begunAt >= $0 }) ?? true {
            if case .addresses = answer.finding { return addresses.isEmpty ? .unknown : .fresh }
            return mayUseStale(demand, answer, now) ? .stale : .failed
        }
        return ticket != 0 && isSlow && demand == nil && hasStale(now) ? .stale : .unknown
    }

    private func mayUseStale(_ demand: Instant?, _ answer: NameAnswer, _ now: Instant) -> Bool {
        guard case .failed = answer.finding else { return false }
        return demand == nil && hasStale(now)
    }

    private func hasStale(_ now: Instant) -> Bool { !addresses.isEmpty && now < staleUntil }

    /// A look-up has ended. `allows`: addresses that must not be connected to go last, and count only if there are no others.
    func take(_ answer: NameAnswer, _ rules: NameRules, allows: (IPAddress) -> Bool, now: Instant) {
        self.answer = answer
        ticket = 0
        isSlow = false
        switch answer.finding {
        case .addresses(let found, let ttl):
            failingSince = nil
            let good = found.filter(allows)
            addresses = Self.alternating(good.isEmpty ? Array(found.prefix(1)) : good, first: addresses.first)
            expiresAt = now + max(min(max(ttl ?? .zero, rules.minTTL), rules.maxTTL), NameRules.leastHold)
            staleUntil = expiresAt + NameRules.staleFor
        case .noName(let ttl), .noAddress(let ttl):
            failingSince = nil
            addresses = []
            expiresAt = now + min(max(ttl ?? .zero, NameRules.minNegativeTTL), NameRules.maxNegativeTTL)
        case .failed:
            failingSince = failingSince ?? answer.endedAt
            expiresAt = now + (hasStale(now) ? NameRules.staleRetry : NameRules.failureTTL)
        }
    }

    /// Most that are kept of a name's addresses.
    static let mostAddresses = 16

    /// IPv4 and IPv6 in turn, each family in the order in which it came; `first` goes before all others if it is among
    /// them: it answered last.
    static func alternating(_ found: [IPAddress], first: IPAddress?) -> [IPAddress] {
        let v4 = found.filter(\.isV4), v6 = found.filter { !$0.isV4 }
        var ordered: [IPAddress] = []
        if let first, found.contains(first) { ordered.append(first) }
        for index in 0..<max(v4.count, v6.count) {
            for family in [v4, v6] where index < family.count && family[index] != first {
                ordered.append(family[index])
            }
        }
        return Array(ordered.prefix(mostAddresses))
    }

    /// The address has answered: it is asked first.
    func answered(at address: IPAddress) {
        guard addresses.first != address, let index = addresses.firstIndex(of: address) else { return }
        addresses.remove(at: index)
        addresses.insert(address, at: 0)
    }

    /// Nobody connects there: it is not used again before a look-up gives it anew.
    func drop(_ address: IPAddress, now: Instant) {
        addresses.removeAll { $0 == address }
        if addresses.isEmpty { expiresAt = min(expiresAt, now) }
    }

    /// The same, of the first `failed` of these.
    func drop(_ sent: Destinations, failed: Int, now: Instant) {
        for index in 0..<failed {
            if let address = sent[index] { drop(address, now: now) }
        }
    }

    /// The wall clock was set.
    func move(by step: Duration) {
        expiresAt = expiresAt + step
        staleUntil = staleUntil + step
        askedAt = askedAt + step
        failingSince = failingSince.map { $0 + step }
        guard var moved = answer else { return }
        moved.begunAt = moved.begunAt + step
        moved.endedAt = moved.endedAt + step
        answer = moved
    }
}
