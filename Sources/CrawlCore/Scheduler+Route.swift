extension Scheduler {
    /// The way of the next request to an origin, `ticket`'s, whose answers `health` remembers.
    mutating func route(
        to active: ActiveOrigin, of ticket: Int64, _ health: HealthRecord?, profile: UInt16?, _ now: Instant
    ) -> FetchRoute {
        var route = FetchRoute(
            proxy: proxies.proxy(of: active.id), profile: profile,
            http1: active.isHTTP1 || health?.http1 ?? false)
        place(&route, active, of: ticket, now)
        return route
    }

    /// What an answer of the origin says about the way: HTTP/2 fails there, a proxy is not welcome. A request that had
    /// to be sent twice counts twice; the gap to the next one counts from the second.
    mutating func noteRoute(_ result: FetchResult, _ classification: Classification?, _ active: ActiveOrigin) {
        if result.flags.contains(.retriedOverHTTP1) {
            active.isHTTP1 = true
            budget.spend(active.id)
        }
        guard let classification else { return }
        if let moved = proxies.note(classification.outcome, through: result.route.proxy, of: active.id) {
            rotations[active.id] = moved
        }
    }

    /// What the store has to keep of how often origins were moved on to another proxy.
    package mutating func takeRotations() -> [Int64: Int] {
        defer { rotations = [:] }
        return rotations
    }
}
