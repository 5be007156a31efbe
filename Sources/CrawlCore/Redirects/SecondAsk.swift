/// A URL that is asked once more because of its redirect: in the spelling that the server wants, or with the cookies
/// that its chain of redirects gave. Only a good answer that is no redirect counts; whatever else comes leaves the URL as
/// its redirect did, and nothing more is tried. Else a page whose one spelling redirects and whose other one fails would
/// begin a new run, and a new burst, with every request.
struct SecondAsk: Sendable {
    let id: Int64
    /// As the redirect met it: a row that was removed or revived since has another one.
    let generation: Int64
    /// HTTP status of the redirect.
    let status: Int32
    /// Path and query to ask; nil = those that it is asked with anyway.
    var spelling: String?
    /// The value of a Cookie header, a secret; nil = none is sent.
    var cookies: String?
    /// The redirect that made the URL due for this; nil = it is not due, and is asked all the same.
    var redirect: Redirect?
    /// Retry-After of the redirect that leads back (RFC 9110 §10.2.3): not asked earlier.
    var notBefore: Instant
    /// Forgotten then.
    var until: Instant
}

/// Those that wait for their turn; in memory only. Where a spelling is forgotten the URL is still due, and will be
/// redirected once more.
struct SecondAsks: Sendable {
    /// More than a commit's worth of redirects; one that finds no room stays as its redirect left it.
    static let limit = 4_096
    static let lifetime = ChainCookies.lifetime

    private var waiting: [Int64: SecondAsk] = [:]

    var isEmpty: Bool { waiting.isEmpty }
    var count: Int { waiting.count }

    /// False = there is no room.
    @discardableResult
    mutating func add(_ ask: SecondAsk, now: Instant) -> Bool {
        if waiting.count >= Self.limit { waiting = waiting.filter { $0.value.until > now } }
        guard waiting.count < Self.limit || waiting[ask.id] != nil else { return false }
        waiting[ask.id] = ask
        return true
    }

    /// From when on the URL may be asked once more; nil = none waits.
    func turn(of id: Int64, _ now: Instant) -> Instant? { waiting[id].flatMap { $0.until > now ? $0.notBefore : nil } }

    func isReady(_ id: Int64, _ now: Instant) -> Bool { turn(of: id, now).map { $0 <= now } ?? false }

    /// One waits for the row as it is now, and may be asked.
    func wants(_ url: LeasedURL, _ now: Instant) -> Bool {
        guard let ask = waiting[url.id], ask.notBefore <= now, ask.until > now else { return false }
        return ask.generation == url.generation && url.health == nil
    }

    /// nil = none waits for the row as it is now. Either way nothing waits for it any more.
    mutating func take(_ url: LeasedURL, _ now: Instant) -> SecondAsk? {
        guard !waiting.isEmpty else { return nil }
        let isWanted = wants(url, now)
        let ask = waiting.removeValue(forKey: url.id)
        return isWanted ? ask : nil
    }

    mutating func remove(_ id: Int64) { waiting[id] = nil }

    mutating func dropCookies() { waiting = waiting.filter { $0.value.spelling != nil }.mapValues(\.withoutCookies) }

    mutating func move(by step: Duration) {
        waiting = waiting.mapValues { ask in
            var ask = ask
            ask.notBefore = ask.notBefore + step
            ask.until = ask.until + step
            return ask
        }
    }
}

extension SecondAsk {
    fileprivate var withoutCookies: SecondAsk {
        var ask = self
        ask.cookies = nil
        return ask
    }
}
