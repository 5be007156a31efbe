/// The cookies of one chain of redirects, in the order in which they were first set. Pure.
struct CookieJar: Sendable {
    /// Bytes of all names and values; what would exceed it is not taken, nor is a cookie above `ChainCookies.maxCookies`.
    static let limit = 8192

    private var cookies: [Cookie] = []
    private var bytes = 0

    var isEmpty: Bool { cookies.isEmpty }

    /// What an answer sets (RFC 6265 §5.3). Time grows with how many those are, times `ChainCookies.maxCookies`.
    mutating func take(_ set: [Cookie], now: Instant) {
        for cookie in set {
            let place = cookies.firstIndex { cookie.replaces($0) }
            let room = Self.limit - bytes + (place.map { Self.size(cookies[$0]) } ?? 0)
            if cookie.expiresAt.map({ $0 <= now }) ?? false {
                if let place { bytes -= Self.size(cookies.remove(at: place)) }
            } else if Self.size(cookie) <= room, place != nil || cookies.count < ChainCookies.maxCookies {
                if let place {
                    bytes -= Self.size(cookies[place])
                    cookies[place] = cookie
                } else {
                    cookies.append(cookie)
                }
                bytes += Self.size(cookie)
            }
        }
    }

    /// The value of the Cookie header for `url` (RFC 6265 §5.4): longer paths first, then in the order they were set. nil
    /// = none goes there.
    func header(for url: CookieScope, now: Instant) -> String? {
        let going = cookies.enumerated().filter { $0.element.goes(to: url, now: now) }.sorted {
            ($1.element.path.count, $0.offset) < ($0.element.path.count, $1.offset)
        }
        guard !going.isEmpty else { return nil }
        let pairs = going.map { $0.element.name + [UInt8(ascii: "=")] + $0.element.value }
        return String(decoding: Array(pairs.joined(separator: Array("; ".utf8))), as: UTF8.self)
    }

    /// With `=` and what separates it from the next.
    private static func size(_ cookie: Cookie) -> Int { cookie.name.count + cookie.value.count + 3 }
}
