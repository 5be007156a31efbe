import CrawlTesting
import Testing

/// The origins' log against the promises. Moments are nanoseconds of CLOCK_MONOTONIC, as the kernel stamped them; where
/// it did not, a request may have come `doubt` earlier than it was read, which is all that a gap is forgiven.
struct PoliteCheck {
    let log: [StampedRequest]
    let lives: [PoliteLives.Life]

    private var byOrigin: [(origin: Int, requests: [StampedRequest])] {
        Dictionary(grouping: log, by: \.origin).map { ($0.key, $0.value.sorted { $0.arrivedAt < $1.arrivedAt }) }
            .sorted { $0.0 < $1.0 }
    }

    private func life(of request: StampedRequest) -> Int {
        lives.lastIndex { $0.begunAt <= request.arrivedAt } ?? 0
    }

    func stamps() {
        #expect(log.count { $0.doubt > 0 } * 20 < log.count, "the kernel's stamps are missing")
    }

    /// Between two arrivals lies the delay in force, whether a restart lies between them or not; after an unclean stop
    /// the first request comes a full delay after the start, too.
    func gaps() {
        var short: [String] = []
        var shortest = Int64.max
        for (origin, requests) in byOrigin {
            let delay = PoliteSite.crawlDelay(of: origin).nanoseconds
            for (one, next) in zip(requests, requests.dropFirst()) {
                let gap = next.arrivedAt - one.arrivedAt
                shortest = min(shortest, gap - delay)
                guard gap < delay - one.doubt else { continue }
                short.append(
                    """
                    origin \(origin): \(Double(gap) / 1e6) ms from \(one.path) in life \(life(of: one)) to \(next.path) in \
                    life \(life(of: next))
                    """)
            }
            for (number, life) in lives.enumerated() where life.isAfterKill {
                guard let first = requests.first(where: { self.life(of: $0) == number }) else { continue }
                let wait = first.arrivedAt - life.begunAt
                if wait < delay { short.append("origin \(origin): \(Double(wait) / 1e6) ms after start \(number)") }
            }
        }
        print("politeness: \(log.count) requests, the shortest gap \(Double(shortest) / 1e6) ms over its delay")
        #expect(short.isEmpty)
    }

    /// After a 429 or a 503 with Retry-After nobody asks until then.
    func quiet() {
        var early: [String] = []
        for (origin, requests) in byOrigin {
            guard let throttle = PoliteSite.throttles[origin] else { continue }
            for told in requests where throttle.isAnswered(told) {
                guard let at = told.answeredAt, let wall = told.answeredAtWall else { continue }
                let until = at + throttle.until(wall) - wall
                for request in requests where request.began > told.ended ?? .max && request.arrivedAt < until {
                    let left = Double(until - request.arrivedAt) / 1e6
                    early.append("origin \(origin): \(request.path) came \(left) ms early after \(throttle)")
                }
            }
        }
        #expect(early.isEmpty)
    }

    func inFlightAtOrigins() {
        let most = byOrigin.map { mostOpen($0.requests) }
        #expect(most.max() == PoliteSite.perOrigin)
    }

    /// The address of an origin is known from the first answer of a life on: its first request is not counted.
    func inFlightAtAddresses() {
        let addresses = PoliteSite.addresses
        var counted: [String: [StampedRequest]] = [:]
        for (origin, requests) in byOrigin {
            for own in Dictionary(grouping: requests, by: life).values {
                counted[addresses[origin], default: []] += own.dropFirst()
            }
        }
        #expect(counted.values.map(mostOpen).max() == PoliteSite.perAddress)
    }

    /// How many of the requests were open at once, in the order in which the server met their begins and ends.
    private func mostOpen(_ requests: [StampedRequest]) -> Int {
        let steps = requests.flatMap { [($0.began, 1), ($0.ended ?? .max, -1)] }.sorted { $0.0 < $1.0 }
        var (open, most) = (0, 0)
        for (_, change) in steps {
            open += change
            most = max(most, open)
        }
        return most
    }
}

extension Duration {
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
