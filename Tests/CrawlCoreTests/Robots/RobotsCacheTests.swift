import CrawlTesting
import Testing

@testable import CrawlCore

/// The memory for robots.txt: bounded in bytes, what was not used for longest goes first.
struct RobotsCacheTests {
    private static func robots(bytes: Int) -> OriginRobots {
        var robots = OriginRobots()
        let line = Array("Disallow: /\(String(repeating: "x", count: 80))/".utf8)
        var text = Array("User-agent: *\n".utf8)
        var n = 0
        while text.count < bytes {
            text += line + Array("\(n)\n".utf8)
            n += 1
        }
        robots.rules = RobotsRules(parsing: text, productToken: "crawld")
        return robots
    }

    @Test("5,000 random uses beside a plain list: same order, same bytes, never over the limit")
    func random() {
        var random = SeededRandom(seed: 11)
        var cache = RobotsCache(limit: 40_000)
        var order: [Int64] = []  // newest last
        var sizes: [Int64: Int] = [:]
        for _ in 0..<5_000 {
            let origin = Int64.random(in: 1...60, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let isThere = cache.use(origin) != nil
                #expect(isThere == order.contains(origin))
                if isThere {
                    order.removeAll { $0 == origin }
                    order.append(origin)
                }
            case 5..<9:
                let robots = Self.robots(bytes: Int.random(in: 0...1_500, using: &random))
                cache.set(robots, for: origin)
                order.removeAll { $0 == origin }
                order.append(origin)
                sizes[origin] = RobotsCache.entryBytes + robots.rules.memoryBytes
                while order.compactMap({ sizes[$0] }).reduce(0, +) > 40_000 { order.removeFirst() }
            default:
                cache.remove(origin)
                order.removeAll { $0 == origin }
            }
            #expect(cache.bytes <= 40_000)
            #expect(cache.count == order.count)
            #expect(cache.bytes == order.compactMap { sizes[$0] }.reduce(0, +))
        }
        #expect(order.allSatisfy { cache.peek($0) != nil })
    }

    @Test("one that is larger than the limit stays while it is the last used")
    func large() {
        var cache = RobotsCache(limit: 2_000)
        cache.set(Self.robots(bytes: 50_000), for: 1)
        #expect(cache.peek(1) != nil)
        cache.set(Self.robots(bytes: 10), for: 2)
        #expect(cache.peek(1) == nil && cache.peek(2) != nil)
        cache.limit = 1
        #expect(cache.count == 1)
        cache.removeAll()
        #expect(cache.bytes == 0 && cache.count == 0)
    }
}
