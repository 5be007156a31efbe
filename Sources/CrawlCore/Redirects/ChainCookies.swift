import DequeModule

/// Chains of redirects that may lead back to where they began: a page that sends whoever has no cookie to a place that
/// sets one, and from there back. Each hop is a URL of its own, asked on its own; here it is remembered which of them
/// came from where, and which cookies were set on the way. Pure, in memory only: a restart forgets it.
///
/// A chain that does not come back ends with its third hop, after ten minutes, or when a thousand others are in its way;
/// those that have cookies are the last to go.
package struct ChainCookies: Sendable {
    /// Redirects from the first URL back to it.
    package static let maxHops = 3
    package static let lifetime: Duration = .seconds(600)
    package static let limit = 1_000
    /// Cookies that are read of one answer, the first of it, and kept of one chain (RFC 6265 §6.1 asks for fifty a domain):
    /// with chains waiting for the same answer, each of them costs as often as there are chains.
    package static let maxCookies = 50

    /// An answer that leads elsewhere.
    package struct Hop: Sendable {
        package var id: Int64
        package var generation: Int64
        package var status: Int32
        package var source: CrawlURL
        package var target: CrawlURL
        package var setCookies: [[UInt8]]

        package init(
            id: Int64, generation: Int64, status: Int32, source: CrawlURL, target: CrawlURL, setCookies: [[UInt8]]
        ) {
            self.id = id
            self.generation = generation
            self.status = status
            self.source = source
            self.target = target
            self.setCookies = setCookies
        }
    }

    /// A chain that came back, with cookies that its first URL gets.
    package struct Return: Sendable, Hashable {
        package var id: Int64
        package var generation: Int64
        /// Of the first URL's own redirect.
        package var status: Int32
        /// The value of a Cookie header.
        package var cookies: String
        package var until: Instant
    }

    private struct Chain {
        var first: Hop
        var jar = CookieJar()
        var hops = 0
        var until: Instant
        /// The URL whose answer comes next.
        var end: String
    }

    private let isPublicSuffix: @Sendable ([UInt8]) -> Bool
    private var chains: [Int64: Chain] = [:]
    /// By the URL that is answered next: those that began where.
    private var byEnd: [String: [Int64]] = [:]
    /// First URLs in the order in which their chains began, and in which they got their first cookie. Entries of chains
    /// that are over lie there until their turn comes.
    private var plain: Deque<Entry> = []
    private var baked: Deque<Entry> = []

    private struct Entry {
        var id: Int64
        var until: Instant
    }

    /// `isPublicSuffix`: nobody may set cookies for all hosts under it (RFC 6265 §5.3, step 5).
    package init(isPublicSuffix: @escaping @Sendable ([UInt8]) -> Bool) { self.isPublicSuffix = isPublicSuffix }

    package var count: Int { chains.count }

    /// A redirect was met. Returns the chains that it closes.
    package mutating func note(_ hop: Hop, now: Instant) -> [Return] {
        expire(now)
        let arriving = (byEnd.removeValue(forKey: hop.source.string) ?? []).filter { $0 != hop.id }
        forget(hop.id)  // it begins anew
        begin(hop, now)
        // Read once: what an answer sets does not depend on where the chain began.
        let scope = CookieScope(hop.source)
        let cookies = hop.setCookies.prefix(Self.maxCookies).compactMap {
            Cookie($0, from: scope, now: now, isPublicSuffix: isPublicSuffix)
        }
        var returns: [Return] = []
        for id in arriving + [hop.id] { advance(id, over: hop, cookies, now, &returns) }
        return returns
    }

    package mutating func removeAll() { self = ChainCookies(isPublicSuffix: isPublicSuffix) }

    /// The wall clock was set.
    package mutating func move(by step: Duration) {
        chains = chains.mapValues { chain in
            var chain = chain
            chain.until = chain.until + step
            return chain
        }
        for index in plain.indices { plain[index].until = plain[index].until + step }
        for index in baked.indices { baked[index].until = baked[index].until + step }
    }

    private mutating func begin(_ hop: Hop, _ now: Instant) {
        if chains.count >= Self.limit { makeRoom() }
        var first = hop
        first.setCookies = []
        chains[hop.id] = Chain(first: first, until: now + Self.lifetime, end: "")
        if plain.count > 4 * Self.limit { plain = Deque(plain.filter(isOf)) }
        if baked.count > 4 * Self.limit { baked = Deque(baked.filter(isOf)) }
        plain.append(Entry(id: hop.id, until: now + Self.lifetime))
    }

    private mutating func advance(
        _ id: Int64, over hop: Hop, _ cookies: [Cookie], _ now: Instant, _ returns: inout [Return]
    ) {
        guard var chain = chains[id] else { return }
        chain.hops += 1
        if !cookies.isEmpty {
            let wasEmpty = chain.jar.isEmpty
            chain.jar.take(cookies, now: now)
            if wasEmpty, !chain.jar.isEmpty { baked.append(Entry(id: id, until: chain.until)) }
        }
        if hop.target == chain.first.source {
            chains[id] = nil
            guard let cookies = chain.jar.header(for: CookieScope(chain.first.source), now: now) else { return }
            returns.append(
                Return(
                    id: id, generation: chain.first.generation, status: chain.first.status, cookies: cookies,
                    until: chain.until))
        } else if chain.hops < Self.maxHops {
            chain.end = hop.target.string
            byEnd[chain.end, default: []].append(id)
            chains[id] = chain
        } else {
            chains[id] = nil
        }
    }

    private mutating func forget(_ id: Int64) {
        guard let chain = chains.removeValue(forKey: id), let index = byEnd.index(forKey: chain.end) else { return }
        byEnd.values[index].removeAll { $0 == id }
        if byEnd.values[index].isEmpty { byEnd.remove(at: index) }
    }

    private mutating func expire(_ now: Instant) {
        while let next = plain.first, next.until <= now || !isOf(next) {
            plain.removeFirst()
            if isOf(next) { forget(next.id) }
        }
        while let next = baked.first, next.until <= now || !isOf(next) {
            baked.removeFirst()
            if isOf(next) { forget(next.id) }
        }
    }

    /// The entry's chain has not been replaced since.
    private func isOf(_ entry: Entry) -> Bool { chains[entry.id]?.until == entry.until }

    /// The oldest chain without cookies goes, else the oldest.
    private mutating func makeRoom() {
        while let next = plain.popFirst() {
            guard isOf(next), chains[next.id]?.jar.isEmpty ?? false else { continue }
            return forget(next.id)
        }
        while let next = baked.popFirst() {
            guard isOf(next) else { continue }
            return forget(next.id)
        }
    }
}
