import CrawlCore

/// What the look-ups of a name have said in the present life of the daemon, as far as it may be gone by.
struct KnownName: Sendable {
    /// Of the last look-up that ended.
    private(set) var finding: NameAnswer.Finding
    /// Steady time at which that was told.
    private(set) var at: Int64
    /// It failed, and no server answered anybody.
    private(set) var isOfSilence: Bool
    /// Requests may go to the addresses that were given last until then, steady time.
    private(set) var usableUntil = Int64.min

    init(_ finding: NameAnswer.Finding, at: Int64, isOfSilence: Bool, before: KnownName?) {
        self.finding = finding
        self.at = at
        self.isOfSilence = isOfSilence
        switch finding {
        case .addresses(_, let ttl):
            usableUntil = at + min(max(ttl?.ms ?? 0, RulesText.leastTTL), RulesText.day) + RulesText.staleFor
        case .noName, .noAddress: break
        case .failed: usableUntil = before?.usableUntil ?? .min
        }
    }

    /// The name was said to have none.
    var isWithout: Bool {
        switch finding {
        case .noName, .noAddress: true
        case .addresses, .failed: false
        }
    }
}

/// Where a request is while it is in flight.
struct AddressStay: Sendable {
    var first: IPAddress
    /// Where it goes on to, and when, steady time; nil = it does not.
    var next: IPAddress?
    var movesAt: Int64?

    /// It was there before `moment`, and is: of what happens at that very moment nobody can tell.
    func isAt(_ address: IPAddress, before moment: Int64) -> Bool {
        guard let movesAt else { return first == address }
        return moment < movesAt ? first == address : moment > movesAt && next == address
    }
}

extension History {
    /// A look-up of the origin's name has ended.
    mutating func named(_ origin: Int, _ finding: NameAnswer.Finding, at: Int64, isOfSilence: Bool) {
        names[origin] = KnownName(finding, at: at, isOfSilence: isOfSilence, before: names[origin])
    }

    mutating func noteStay(_ asked: Asked) {
        guard let sendsTo = asked.sendsTo else { return }
        stays[asked.target.origin] = AddressStay(
            first: sendsTo.first, next: sendsTo.second, movesAt: asked.movesAt)
    }

    /// Requests that are in flight at an address, and were before `moment`.
    func requests(at address: IPAddress, before moment: Int64) -> Int {
        stays.values.count { $0.isAt(address, before: moment) }
    }

    /// Another origin has given an HTTP answer since then.
    func hasHTTP(fromOtherThan origin: Int, since: Int64) -> Bool {
        domains.indices.contains { $0 != origin && domains[$0].lastHTTPAt >= since }
    }

    /// The process is gone, and with it what it knew of names and had in flight.
    mutating func forgetNames() {
        names = [:]
        stays = [:]
    }
}
