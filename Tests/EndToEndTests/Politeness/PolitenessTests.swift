import ControlAPI
import CrawlTesting
import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// Fifty origins with slow, concurrent answers, some throttling, and a daemon that is killed and stopped: what was
    /// promised is read from the origins' own log.
    @Suite struct PolitenessTests {
        private static let origins = 50
        private static let delayMs: UInt64 = 300
        private static let askedDelayMs: UInt64 = 1000
        private static let pages = 12
        private static let maxRetryAfterMs: UInt64 = 4000
        private static let configuration = """
            fetch: {allow_addresses: ["127.0.0.0/8"]}
            politeness:
              per_origin_in_flight: 2
              per_address_in_flight: 4
              crawl_delay: \(delayMs)ms
              max_retry_after: \(maxRetryAfterMs)ms
            robots: {obey: true}

            """

        /// What an origin does when it is asked for its fourth page.
        enum Kind: Int, CaseIterable {
            case crawlDelay, seconds, date, none, zero, negative, absurd, capped, slow, closing

            init(_ origin: Int) { self = Kind.allCases[origin % Kind.allCases.count] }

            /// Waits a minute from its first 429 on, which outlasts the test.
            var isBlockedForGood: Bool {
                switch self {
                case .none, .zero, .negative, .absurd: true
                default: false
                }
            }
        }

        @Sendable private static func answer(_ origin: Int, _ path: String, _ number: Int) -> StampingServer.Answer {
            let kind = Kind(origin)
            if path == "/robots.txt" {
                guard kind == .crawlDelay else { return .init(status: 404, body: "") }
                return .init(body: "User-agent: *\nCrawl-delay: 1\n")
            }
            var answer = StampingServer.Answer(afterMs: 450)
            answer.closes = kind == .closing
            guard number == 3 || number == 4 || number > 4 && kind.isBlockedForGood else { return answer }
            answer.status = kind == .date ? 503 : 429
            switch kind {
            case .seconds: answer.headers = "Retry-After: 2\r\n"
            case .date: answer.headers = "Retry-After: \(Self.date(in: 3))\r\n"
            case .zero: answer.headers = "Retry-After: 0\r\n"
            case .negative: answer.headers = "Retry-After: -5\r\n"
            case .absurd: answer.headers = "Retry-After: 99999999999\r\n"
            case .capped: answer.headers = "Retry-After: 99999\r\n"
            case .none: break
            case .crawlDelay, .slow, .closing: answer.status = 200
            }
            return answer
        }

        private static func date(in seconds: Double) -> String {
            let format = DateFormatter()
            format.locale = Locale(identifier: "en_US_POSIX")
            format.timeZone = TimeZone(identifier: "GMT")
            format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
            return format.string(from: Date(timeIntervalSinceNow: seconds))
        }

        @Test func noGapIsShorterThanPromisedThroughKillsAndStops() async throws {
            // Twenty origins on five addresses, the others each on its own.
            let addresses = (0..<Self.origins).map { $0 < 20 ? "127.7.0.\(1 + $0 % 5)" : "127.7.1.\($0)" }
            let server = StampingServer(addresses: addresses, script: Self.answer)
            server.start()
            defer { server.stop() }
            let home = try DaemonHome(Self.configuration)
            var daemon = try await home.startReady()
            let urls = (0..<Self.origins).flatMap { origin in
                (0..<Self.pages).map { server.url(origin, "/\($0)") }
            }
            #expect(try await home.api.enqueue(urls).new == urls.count)

            let blocked = (0..<Self.origins).filter { Kind($0).isBlockedForGood }
            let areBlocked = try await eventually(every: .milliseconds(100)) {
                for origin in blocked where try await home.api.origin(server.url(origin)).blockedUntil == nil {
                    return false
                }
                return true
            }
            #expect(areBlocked)
            // Both answers that were under way together are one block.
            for origin in blocked { #expect(try await home.api.origin(server.url(origin)).blockLevel == 0) }

            var starts = [StampingServer.now]
            for (round, signal) in [SIGKILL, SIGTERM, SIGKILL, SIGTERM, SIGKILL].enumerated() {
                let before = server.count
                #expect(await eventually { server.count >= before + 20 }, "round \(round)")
                daemon.signal(signal)
                #expect(await daemon.ended() == (signal == SIGKILL ? .killed(signal: signal) : .exited(0)))
                starts.append(StampingServer.now)
                daemon = try await home.startReady()
            }
            let wanted = urls.count * 6 / 10
            let isDone = try await eventually(every: .milliseconds(100)) {
                let states = try await home.api.status().urls
                return states["done"] ?? 0 >= wanted
            }
            #expect(isDone, "\(server.count) requests")
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            Self.check(server.arrivals, starts: starts)
            Self.checkLimits(server.arrivals, starts: starts)
        }

        /// A gap is measured from when the earlier request was certainly not there yet to when the later was seen: what
        /// the server itself is late by can only lengthen it.
        private static func check(_ log: [StampingServer.Arrival], starts: [UInt64]) {
            for origin in 0..<origins {
                let own = log.filter { $0.origin == origin }
                let kind = Kind(origin)
                for (first, second) in zip(own, own.dropFirst()) {
                    // Its robots.txt is the first that says so.
                    let delay = kind == .crawlDelay ? askedDelayMs : delayMs
                    let gap = (second.seenAt - first.notBefore) / 1_000_000
                    #expect(gap >= delay, "origin \(origin) \(kind): \(first.path) then \(second.path)")
                }
                guard let told = own.first(where: { $0.status == 429 || $0.status == 503 })?.answeredAt else {
                    continue
                }
                let waitMs: UInt64 =
                    switch kind {
                    case .seconds: 2000
                    // Three seconds from the request, less the part of one that a date leaves out and the answer took.
                    case .date: 1500
                    case .capped: maxRetryAfterMs
                    default: 60_000
                    }
                // A request may have been on its way while the answer was.
                let late = own.filter { $0.seenAt > told + 100_000_000 && $0.seenAt < told + waitMs * 1_000_000 }
                #expect(late.isEmpty, "origin \(origin) \(kind): \(late.map(\.path)) in its block")
                #expect(own.filter { $0.status == 429 || $0.status == 503 }.count <= 2, "origin \(origin) \(kind)")
            }
        }

        /// Limits hold, and are reached. The address of an origin is known from its first answer in a process on.
        private static func checkLimits(_ log: [StampingServer.Arrival], starts: [UInt64]) {
            #expect(log.map(\.openAtOrigin).max() == 2)
            var most = 0
            for arrival in log where arrival.origin < 20 {
                let start = starts.last { $0 <= arrival.seenAt } ?? 0
                let isKnown = log.contains {
                    $0.origin == arrival.origin && $0.seenAt > start
                        && $0.answeredAt.map { $0 < arrival.notBefore } ?? false
                }
                // Origins whose address was not known when they were asked are not counted by the daemon.
                let unknown = log.filter { other in
                    other.origin < 20 && other.origin % 5 == arrival.origin % 5 && other.seenAt <= arrival.seenAt
                        && other.answeredAt.map { $0 >= arrival.seenAt } ?? true
                        && !log.contains {
                            $0.origin == other.origin && $0.seenAt > start
                                && $0.answeredAt.map { $0 < other.notBefore } ?? false
                        }
                }.count
                guard isKnown else { continue }
                most = max(most, arrival.openAtAddress)
                #expect(
                    arrival.openAtAddress <= 4 + unknown,
                    "origin \(arrival.origin): \(arrival.openAtAddress), \(unknown)")
            }
            #expect(most >= 4)
        }
    }
}
