import CrawlTesting
import Glibc

/// Fifty origins and what they ask of a crawler. The first thirty have addresses of their own, the others share four.
struct PoliteSite: Sendable {
    static let count = 50
    static let alone = 30
    static let shared = 4
    static let perOrigin = 2
    static let perAddress = 3
    /// Seconds.
    static let maxRetryAfter = 5

    /// How an origin says that it wants to be left alone. All requests from its third page on get it, until two were told
    /// so: two are under way together then. Without a usable header every later one gets it too.
    enum Throttle: Hashable, Sendable {
        /// Retry-After in seconds, as a number.
        case seconds(Int, status: Int)
        /// The same, as a date (RFC 9110 §5.6.7): up to a second less is left of it.
        case date(Int)
        /// A value that says nothing; nil = no header at all.
        case unusable(String?)

        var status: Int { if case .seconds(_, let status) = self { status } else { 429 } }
        var isUsable: Bool { if case .unusable = self { false } else { true } }

        func isAnswered(_ request: StampedRequest) -> Bool { request.answer?.status == status }

        func header(now: Int) -> String? {
            switch self {
            case .seconds(let seconds, _): "\(seconds)"
            case .date(let seconds): Self.date(now + seconds)
            case .unusable(let text): text
            }
        }

        /// Until when it asks for quiet, in nanoseconds since 1970.
        func until(_ answeredAtWall: Int64) -> Int64 {
            switch self {
            case .seconds(let seconds, _):
                answeredAtWall + Int64(min(seconds, PoliteSite.maxRetryAfter)) * 1_000_000_000
            case .date(let seconds): (answeredAtWall / 1_000_000_000 + Int64(seconds)) * 1_000_000_000
            case .unusable: answeredAtWall + 60_000_000_000
            }
        }

        private static func date(_ seconds: Int) -> String {
            var time = seconds
            var parts = tm()
            gmtime_r(&time, &parts)
            var text = [CChar](repeating: 0, count: 64)
            strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    static let throttles: [Int: Throttle] = [
        20: .seconds(3, status: 429), 21: .date(4), 22: .seconds(2, status: 503), 23: .unusable(nil),
        24: .unusable("0"), 25: .unusable("-5"), 26: .unusable("99999999999"), 27: .unusable("soon"),
        28: .seconds(3600, status: 429), 30: .seconds(4, status: 503), 35: .unusable("Thu, 01 Jan 1970 00:00:00 GMT"),
    ]

    static var addresses: [String] {
        (0..<count).map { $0 < alone ? "127.0.1.\($0 + 1)" : "127.0.2.\(1 + ($0 - alone) % shared)" }
    }

    /// robots.txt of every fifth origin asks for a second.
    static func crawlDelay(of origin: Int) -> Duration { asksForSecond(origin) ? .seconds(1) : .milliseconds(300) }
    static func asksForSecond(_ origin: Int) -> Bool { origin % 5 == 1 }

    let server: StampedServer

    init() throws { server = try StampedServer(addresses: Self.addresses, behaviour: Self.answer) }

    /// Three of four answers are slower than the delay, so that several requests are under way at once; every fourth
    /// closes its connection.
    private static func answer(_ origin: Int, _ number: Int, _ path: String) -> StampedAnswer {
        let closes = (origin + number) % 4 == 0
        if path == "/robots.txt" {
            let rules = asksForSecond(origin) ? "User-agent: *\nCrawl-delay: 1\n" : ""
            return StampedAnswer(
                origin % 2 == 0 && !asksForSecond(origin) ? 404 : 200, body: rules, after: .milliseconds(30),
                closes: closes)
        }
        if let throttle = throttles[origin], number == 3 || number == 4 || number > 4 && !throttle.isUsable {
            // The later of the two is told first.
            return StampedAnswer(
                throttle.status, after: .milliseconds(number == 3 ? 1400 : 200), closes: closes,
                retryAfter: { throttle.header(now: $0) })
        }
        let slow = [20, 450, 700, 950][(origin * 7 + number) % 4]
        return StampedAnswer(status(of: path), after: .milliseconds(slow), closes: closes)
    }

    // MARK: Pages

    static func status(of path: String) -> Int {
        if path.hasPrefix("/missing") { 404 } else if path.hasPrefix("/failing") { 500 } else { 200 }
    }

    static func state(of path: String) -> String {
        switch status(of: path) {
        case 404: "gone"
        case 500: "scheduled"
        default: "done"
        }
    }

    static func pages(of origin: Int) -> [String] {
        (0..<(asksForSecond(origin) ? 16 : origin < alone ? 34 : 18)).map { number in
            let kind = number % 6 == 5 ? "missing" : number % 8 == 6 ? "failing" : "page"
            return "/\(kind)/\(number)"
        }
    }

    /// Blocked for longer than the test takes.
    static func staysBlocked(_ origin: Int) -> Bool { throttles[origin].map { !$0.isUsable } ?? false }

    var urls: [String] { urls { _ in true } }
    /// Those that will be fetched while the test lasts.
    var openURLs: [String] { urls { !Self.staysBlocked($0) } }

    private func urls(_ isWanted: (Int) -> Bool) -> [String] {
        (0..<Self.count).filter(isWanted).flatMap { origin in
            Self.pages(of: origin).map { server.origins[origin] + $0 }
        }
    }
}
