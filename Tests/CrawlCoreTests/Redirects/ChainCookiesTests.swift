import CrawlTesting
import Synchronization
import Testing

@testable import CrawlCore

/// Which chains of redirects come back, and with what.
struct ChainCookiesTests {
    private final class Trial {
        var chains = ChainCookies(isPublicSuffix: DomainKey.isLabel)
        var now = at(0)
        private var ids: [String: Int64] = [:]

        /// `source` answers with a redirect. Returns first URL and Cookie header of each chain that this closes.
        func hop(_ source: String, _ target: String, _ cookies: String...) throws -> [String] {
            let id = ids[source] ?? Int64(ids.count + 1)
            ids[source] = id
            let hop = ChainCookies.Hop(
                id: id, generation: id * 10, status: 302, source: CrawlURL(text: source),
                target: CrawlURL(text: target), setCookies: cookies.map { Array($0.utf8) })
            return chains.note(hop, now: now).map { back in
                #expect(back.generation == back.id * 10 && back.status == 302)
                return "\(ids.first { $0.value == back.id }?.key ?? "?") \(back.cookies)"
            }
        }
    }

    static let (a, b, c, d) = ("http://a.test/a", "https://b.test/b", "http://c.a.test/c", "http://a.test/d")

    @Test func toItself() throws {
        let trial = Trial()
        #expect(try trial.hop(Self.a, Self.a, "k=1") == ["\(Self.a) k=1"])
        #expect(try trial.hop(Self.a, Self.a).isEmpty, "no cookie, nothing new")
        #expect(try trial.hop(Self.a, Self.a, "k=1; path=/other").isEmpty, "it does not go there")
        #expect(trial.chains.count == 0)
    }

    @Test func overOthers() throws {
        let trial = Trial()
        #expect(try trial.hop(Self.a, Self.d).isEmpty)
        #expect(try trial.hop(Self.d, Self.a, "k=1; path=/") == ["\(Self.a) k=1"])
        #expect(try trial.hop(Self.a, Self.b, "k=1").isEmpty)
        #expect(try trial.hop(Self.b, Self.c, "l=2", "m=3; domain=a.test").isEmpty)
        #expect(
            try trial.hop(Self.c, Self.a, "n=4; domain=a.test", "k=5; domain=a.test; path=/") == [
                "\(Self.a) k=5; n=4"
            ])
    }

    @Test func onlyWhatGoesToTheFirst() throws {
        let trial = Trial()
        _ = try trial.hop(Self.a, Self.b)
        #expect(try trial.hop(Self.b, Self.a, "k=1; domain=b.test").isEmpty)
        _ = try trial.hop(Self.a, Self.b, "k=1; path=/")
        #expect(try trial.hop(Self.b, Self.a, "k=; max-age=0; domain=a.test") == ["\(Self.a) k=1"])
        _ = try trial.hop(Self.a, Self.d, "k=1; path=/")
        #expect(try trial.hop(Self.d, Self.a, "k=; max-age=0; path=/").isEmpty, "deleted on the way")
    }

    @Test func atMostThreeHops() throws {
        let trial = Trial()
        let e = "http://a.test/e"
        _ = try trial.hop(Self.a, Self.b, "k=1")
        _ = try trial.hop(Self.b, Self.c)
        _ = try trial.hop(Self.c, e)
        #expect(try trial.hop(e, Self.a).isEmpty)
    }

    @Test func manyFirstsOverOnePlace() throws {
        let trial = Trial()
        for n in 0..<5 { _ = try trial.hop("http://a.test/\(n)", Self.d) }
        #expect(try trial.hop(Self.d, "http://a.test/3", "k=1") == ["http://a.test/3 k=1"])
        #expect(try trial.hop("http://a.test/3", "http://a.test/1") == ["http://a.test/1 k=1"], "they go on together")
    }

    @Test func aFirstThatIsAskedAgainBeginsAnew() throws {
        let trial = Trial()
        _ = try trial.hop(Self.a, Self.b, "k=1")
        _ = try trial.hop(Self.a, Self.b)
        #expect(try trial.hop(Self.b, Self.a, "l=1").isEmpty, "the first try's cookie is gone with it")
        #expect(trial.chains.count == 1, "b's own: from b to a")
    }

    @Test func tenMinutes() throws {
        let trial = Trial()
        _ = try trial.hop(Self.a, Self.b, "k=1")
        trial.now = at(599.999)
        #expect(try trial.hop(Self.b, Self.a) == ["\(Self.a) k=1"])
        _ = try trial.hop(Self.a, Self.b, "k=1")
        trial.now = at(599.999 + 600)
        #expect(try trial.hop(Self.b, Self.a).isEmpty)
        trial.chains.move(by: .seconds(1000))
        trial.now = at(600 + 600 + 1000)
        _ = try trial.hop(Self.a, Self.b, "k=1")
        trial.chains.move(by: .seconds(5000))
        trial.now = trial.now + .seconds(5001)
        #expect(try trial.hop(Self.b, Self.a) == ["\(Self.a) k=1"], "the clock was set, no time went by")
    }

    @Test func aThousandAndThoseWithCookiesStayLongest() throws {
        let trial = Trial()
        _ = try trial.hop(Self.a, Self.b, "k=1")
        for n in 0..<5000 {
            _ = try trial.hop("http://h\(n).test/", "http://t\(n).test/")
            #expect(trial.chains.count <= ChainCookies.limit)
        }
        #expect(try trial.hop("http://t3999.test/", "http://h3999.test/", "l=1; domain=h3999.test").isEmpty, "gone")
        #expect(try trial.hop(Self.b, Self.a) == ["\(Self.a) k=1"])
        for n in 0..<2000 { _ = try trial.hop("http://h\(n).test/", "http://t\(n).test/", "k=\(n)") }
        #expect(trial.chains.count == ChainCookies.limit)
        #expect(try trial.hop("http://t0.test/", "http://h0.test/").isEmpty, "the oldest went")
        #expect(try trial.hop("http://t1990.test/", "http://h1990.test/") == ["http://h1990.test/ k=1990"])
        trial.chains.removeAll()
        #expect(trial.chains.count == 0)
        #expect(try trial.hop("http://t1991.test/", "http://h1991.test/").isEmpty)
    }

    /// A thousand chains wait at one URL whose answer is full of cookies: it is read once, and no further than to the
    /// fiftieth.
    @Test func manyChainsAndManyCookies() {
        let looks = Mutex(0)
        var chains = ChainCookies { name in
            looks.withLock { $0 += 1 }
            return DomainKey.isLabel(name)
        }
        let hub = CrawlURL(text: "http://a.test/hub")
        for n in 1...Int64(ChainCookies.limit) {
            let hop = ChainCookies.Hop(
                id: n, generation: 1, status: 302, source: CrawlURL(text: "http://a.test/\(n)"), target: hub,
                setCookies: [])
            #expect(chains.note(hop, now: at(0)).isEmpty)
        }
        let full = ChainCookies.Hop(
            id: 0, generation: 1, status: 302, source: hub, target: CrawlURL(text: "http://a.test/700"),
            setCookies: (0..<2_700).map { Array("c\($0)=; domain=a.test; path=/".utf8) })
        let backs = chains.note(full, now: at(1))
        #expect(looks.withLock { $0 } == 50)
        #expect(backs.map(\.id) == [700])
        #expect(backs.first?.cookies == (0..<50).map { "c\($0)=" }.joined(separator: "; "))
    }

    /// Whatever servers answer, what is kept stays bounded and nothing traps.
    @Test(arguments: 0..<20) func noise(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let trial = Trial()
        let urls = (0..<12).map { "http\($0 % 2 == 0 ? "" : "s")://h\($0 % 4).test/\($0)" }
        let cookies = [
            "a=1", "a=1; path=/", "b=2; domain=h1.test", "a=; max-age=0", "=", ";",
            "c=" + String(repeating: "x", count: 5000),
        ]
        for _ in 0..<2000 {
            let source = try #require(urls.randomElement(using: &random))
            let target = try #require(urls.randomElement(using: &random))
            let cookie = try #require(cookies.randomElement(using: &random))
            for back in try trial.hop(source, target, cookie) {
                #expect(back.hasPrefix(target + " ") && back.utf8.count < CookieJar.limit + 100)
            }
            trial.now = trial.now + .seconds(Int64.random(in: 0...120, using: &random))
            #expect(trial.chains.count <= urls.count)
        }
    }
}
