import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// What names do to a crawl: real scheduler, loop and store, virtual time; the resolver is scripted.
struct NameTimelineTests {
    typealias Answer = SimulatedResolver.Answer
    static let url = "http://a.example/"
    static let start = VirtualTime().now()

    static func crawl(
        _ urls: [String] = [url], delay: Duration = .zero, edit: (inout SchedulerRules) -> Void = { _ in },
        names: @escaping @Sendable (SimulatedResolver.Question) -> Answer = { _ in .addresses("192.0.2.1") },
        answer: @escaping @Sendable (SimulatedFetcher.Request) -> SimulatedFetcher.Answer = { _ in .init(status: 200) }
    ) throws -> VirtualCrawl {
        let crawl = try VirtualCrawl(settings: .exact(delay: delay, edit: edit), names: names, answer: answer)
        crawl.enqueue(urls)
        return crawl
    }

    static func looks(_ crawl: VirtualCrawl, _ host: String = "a.example") -> [Duration] {
        (crawl.resolver?.log ?? []).filter { $0.host == host }.map { $0.at - start }
    }

    @Test("a name is looked up before its origin is asked, once for all that wait, and what waits is not in flight")
    func before() throws {
        let urls = (0..<5).map { "http://a.example/\($0)" } + ["https://a.example/", "http://192.0.2.9/"]
        let crawl = try Self.crawl(urls, names: { _ in .addresses("192.0.2.1", latency: .milliseconds(500)) })
        crawl.time.run(for: .milliseconds(100))
        #expect(crawl.snapshot()?.inFlight == 0)
        #expect(crawl.log.map(\.url) == ["http://192.0.2.9/"], "a literal waits for nobody")
        let wait = try crawl.waits(of: [urls[0]])[urls[0]]
        #expect(wait == .name(since: Self.start, isSlow: false))
        crawl.time.run(for: .seconds(1))
        #expect(Self.looks(crawl) == [.zero])
        #expect(Set(crawl.log.map(\.url)) == Set(urls))
        #expect(
            crawl.log.filter { $0.url != "http://192.0.2.9/" }.allSatisfy { $0.at - Self.start >= .milliseconds(500) })
    }

    @Test("addresses hold by their TTL: one look-up a minute at the least, one an hour for an hour")
    func ttl() throws {
        for (ttl, looks) in [(Duration.zero, [0, 60, 120]), (.hours(1), [0])] {
            let urls = (0..<180).map { "http://a.example/\($0)" }
            let crawl = try Self.crawl(
                urls, delay: .seconds(1), names: { _ in .addresses("192.0.2.1", ttl: ttl, latency: .zero) })
            crawl.time.run(for: .seconds(179))
            #expect(Self.looks(crawl).map(\.components.seconds) == looks.map { Int64($0) })
        }
    }

    @Test("no such name with a TTL of an hour, then good: no mark, good at the next attempt of the burst")
    func negative() throws {
        let crawl = try Self.crawl(names: { $0.number == 0 ? Answer(.noName(ttl: .hours(1))) : .addresses("192.0.2.1") }
        )
        crawl.time.run(for: .minutes(90))
        #expect(try crawl.record(Self.url)?.lastOutcome == .success)
        #expect(crawl.times(Self.url).map(\.ms) == [1040])
        #expect(Self.looks(crawl).map(\.ms) == [0, 1020])
        #expect(try crawl.store.incidents(openOnly: false, after: nil, limit: 10).isEmpty)
    }

    @Test("an hour of no such name is marked, without a request, and each attempt is a look-up of its own")
    func gone() throws {
        let crawl = try Self.crawl(names: { _ in Answer(.noName(ttl: .hours(1)), latency: .zero) })
        crawl.time.run(until: Self.start + .minutes(61))
        #expect(crawl.log.isEmpty)
        #expect(Self.looks(crawl).map(\.components.seconds) == [0, 1, 3, 7, 15, 300, 900, 1800, 2700, 3600])
        let record = try #require(try crawl.record(Self.url))
        #expect(record.state == .brokenOrigin)
        #expect(record.attempts == 10)
        #expect(record.lastOutcome == .unreachable)
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(incident.facts.observations == 10)
        #expect(incident.facts.requestsSpent == 0)
        #expect(try crawl.store.figures(now: crawl.time.now()).ledger.spent == 0)
        let url = try #require(VirtualCrawl.canonical(Self.url))
        let explained = try #require(try crawl.store.explanation(url, now: crawl.time.now()))
        #expect(explained.ledger.spent == 0)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var testDescription: String { name }
        var name: String
        var answer: Answer
        /// Another site gives HTTP answers.
        var reachesOthers = true
        var outcome: Outcome
    }

    static let faults = [
        Fault(name: "SERVFAIL twice, servers and network well", answer: .failed(.serverFailure), outcome: .unreachable),
        Fault(name: "no answer twice, servers and network well", answer: .failed(.timedOut), outcome: .unreachable),
        Fault(
            name: "SERVFAIL once", answer: .failed(.serverFailure, isConfirmed: false, latency: .seconds(2)),
            outcome: .inconclusive),
        Fault(
            name: "servers that answer nobody", answer: .failed(.timedOut, answersOthers: false),
            outcome: .inconclusive),
        Fault(
            name: "nobody is reached", answer: .failed(.serverFailure), reachesOthers: false, outcome: .inconclusive),
        Fault(name: "REFUSED", answer: .failed(.refused), outcome: .inconclusive),
        Fault(name: "garbage", answer: .failed(.garbled), outcome: .inconclusive),
        Fault(name: "another family only", answer: .failed(.otherFamily), outcome: .inconclusive),
    ]

    @Test("a look-up that fails is the site's doing only if nothing else explains it", arguments: faults)
    func fault(_ row: Fault) throws {
        let others = (0..<100).map { "http://b.example/\($0)" }
        let crawl = try Self.crawl(
            [Self.url] + others, delay: .seconds(1),
            names: { $0.host == "a.example" ? row.answer : .addresses("192.0.2.2") },
            answer: { _ in
                if row.reachesOthers { return .init(status: 200) }
                return SimulatedFetcher.Answer(status: 0) {
                    $0.curlCode = 7
                    $0.osErrno = 113
                    $0.flags = .sentPacket
                    $0.remoteAddress = nil
                }
            })
        crawl.time.run(for: .seconds(14))
        #expect(try crawl.record(Self.url)?.lastOutcome == row.outcome)
        #expect(crawl.times(Self.url).isEmpty)
    }

    @Test("a clock that is set back makes no old answer of another site a new one")
    func setBack() throws {
        let crawl = try Self.crawl(
            ["http://b.example/"],
            names: { $0.host == "a.example" ? .failed(.serverFailure) : .addresses("192.0.2.2") })
        crawl.time.run(for: .minutes(5))
        #expect(crawl.log.count == 1)
        crawl.time.jump(by: .hours(-1))
        crawl.enqueue([Self.url])
        crawl.time.run(for: .seconds(14))
        #expect(try crawl.record(Self.url)?.lastOutcome == .inconclusive)
    }

    @Test("while we are offline 30 s lie between two requests, also where the first one's name had to be looked up")
    func offline() throws {
        let urls = (0..<6).flatMap { name in (0..<50).map { "http://n\(name).example/\($0)" } }
        let crawl = try Self.crawl(
            urls, delay: .seconds(1),
            names: { question in
                let number = question.host.dropFirst().prefix { $0.isNumber }
                return .addresses(
                    "192.0.2.\(number)", ttl: .zero, latency: number == "0" ? .milliseconds(900) : .zero)
            },
            answer: { request in
                if request.at - Self.start < .seconds(20) { return .init(status: 200) }
                return SimulatedFetcher.Answer(status: 0) {
                    $0.curlCode = 7
                    $0.osErrno = 113
                    $0.flags = .sentPacket
                    $0.remoteAddress = nil
                }
            })
        crawl.time.run(for: .minutes(20))
        let times = crawl.log.map { $0.at - Self.start }.filter { $0 > .seconds(150) }
        #expect((20...36).contains(times.count))
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= .seconds(30) })
    }

    @Test("a look-up that takes long holds no place: others are asked, and explain says so")
    func slow() throws {
        let urls = (0..<200).map { "http://n\($0).example/" }
        let crawl = try Self.crawl(
            urls, names: { $0.host.hasPrefix("n1") ? .failed(.timedOut) : .addresses("192.0.2.1") },
            answer: { _ in .init(status: 200, latency: .milliseconds(10)) })
        crawl.time.run(for: .seconds(3))
        #expect(crawl.log.count == urls.count { !$0.hasPrefix("http://n1") })
        #expect(crawl.snapshot()?.inFlight == 0)
        guard case .name(_, isSlow: true)? = try crawl.waits(of: [urls[1]])[urls[1]] else {
            Issue.record("it waits for its name")
            return
        }
    }

    @Test("while the servers fail, old addresses are used, and what fails there says nothing of the site")
    func stale() throws {
        let urls = (0..<200).map { "http://a.example/\($0)" }
        let crawl = try Self.crawl(
            urls, delay: .seconds(1),
            names: { $0.number == 0 ? .addresses("192.0.2.1", ttl: .zero) : .failed(.timedOut, latency: .seconds(5)) },
            answer: { request in
                if request.at - Self.start < .seconds(150) { return .init(status: 200) }
                return SimulatedFetcher.Answer(status: 0) {
                    $0.curlCode = 7
                    $0.osErrno = 111
                    $0.flags = .sentPacket
                    $0.remoteAddress = nil
                }
            })
        crawl.time.run(for: .seconds(190))
        #expect(crawl.log.count > 150, "it went on after the minute")
        let outcomes = try urls.compactMap { try crawl.record($0)?.lastOutcome }
        #expect(outcomes.contains(.inconclusive))
        #expect(outcomes.allSatisfy { [.success, .inconclusive].contains($0) })
    }

    @Test("per_address_in_flight binds from the first request on: 50 names at one address, four at a time")
    func oneAddress() throws {
        let urls = (0..<50).map { "http://n\($0).example/" }
        let crawl = try Self.crawl(urls, answer: { _ in .init(status: 200, latency: .milliseconds(100)) })
        crawl.time.run(for: .seconds(10))
        #expect(crawl.log.count == 50)
        #expect(crawl.fetcher.mostInFlight == 4)
    }

    @Test("an address that the operator calls wide takes 64, and of several the one with room is taken")
    func wide() throws {
        let urls = (0..<200).map { "http://n\($0).example/" }
        let answer: @Sendable (SimulatedFetcher.Request) -> SimulatedFetcher.Answer = { _ in
            .init(status: 200, latency: .milliseconds(100))
        }
        let wide = try Self.crawl(
            urls, edit: { $0.wideAddresses = [IPNetwork("192.0.2.0/24")].compactMap(\.self) }, answer: answer)
        wide.time.run(for: .seconds(10))
        #expect(wide.fetcher.mostInFlight == 64)
        let two = try Self.crawl(urls, names: { _ in .addresses("192.0.2.1", "198.51.100.1") }, answer: answer)
        two.time.run(for: .seconds(10))
        #expect(two.fetcher.mostInFlight == 8)
    }

    @Test("50 names whose first address is dead: twice the limit at the second one at most, and all have their turn")
    func deadFirst() throws {
        let urls = (0..<50).map { "http://n\($0).example/" }
        let crawl = try Self.crawl(
            urls, names: { _ in .addresses("192.0.2.1", "198.51.100.1") },
            answer: { request in
                var answer = SimulatedFetcher.Answer(status: 200, latency: .seconds(5))
                if request.sendsTo?.second != nil { answer.moves = [.milliseconds(100)] }
                return answer
            })
        crawl.time.run(for: .minutes(5))
        #expect(crawl.log.count == 50)
        // Who is at an address when: each goes on after 0.1 s and ends after 5.
        var most: [IPAddress: Int] = [:]
        let stays = crawl.log.flatMap { request -> [(at: IPAddress, from: Instant, to: Instant)] in
            guard let sendsTo = request.sendsTo else { return [] }
            let (moved, ended) = (request.at + .milliseconds(100), request.at + .seconds(5))
            guard let next = sendsTo.second else { return [(sendsTo.first, request.at, ended)] }
            return [(sendsTo.first, request.at, moved), (next, moved, ended)]
        }
        for stay in stays {
            let count = stays.count { $0.at == stay.at && $0.from <= stay.from && stay.from < $0.to }
            most[stay.at] = max(most[stay.at, default: 0], count)
        }
        #expect(most[IPAddress(v4: 0xC000_0201)] == 4)
        #expect((5...8).contains(most[IPAddress(v4: 0xC633_6401)] ?? 0), "\(most)")
    }

    @Test(
        "thousands of names that wait for their look-ups hold up nobody whose name is known, and all have their turns")
    func crowd() throws {
        let known = (0..<40).map { "http://known.example/\($0)" }
        let crawl = try Self.crawl(
            known, delay: .milliseconds(100),
            names: { .addresses("192.0.2.1", latency: $0.host == "known.example" ? .zero : .milliseconds(900)) })
        crawl.time.run(for: .milliseconds(150))
        let others = (0..<6000).map { "http://n\($0).example/" }
        crawl.enqueue(others)
        let before = crawl.log.count
        crawl.time.run(for: .milliseconds(800))
        #expect(crawl.resolver?.log.count == 1 + 4096)
        #expect(crawl.log.count >= before + 7)
        crawl.time.run(for: .minutes(5))
        #expect(Set(crawl.log.map(\.url)) == Set(known + others))
    }

    @Test("a look-up for which our own machine has no socket counts as if it had not been made")
    func lacking() throws {
        let crawl = try Self.crawl(names: { question in
            guard question.number == 0 else { return .addresses("192.0.2.1") }
            var failure = NameFailure(.lacking)
            failure.errno = 24
            return SimulatedResolver.Answer(.failed(failure))
        })
        crawl.time.run(for: .minutes(2))
        let record = try #require(try crawl.record(Self.url))
        #expect(record.lastOutcome == .success)
        #expect(record.attempts == 1)
    }

    @Test("an address that fails while others of its family connect does not take the family out")
    func oneOfAFamily() throws {
        let urls = (0..<30).map { "http://n\($0).example/" }
        let crawl = try Self.crawl(
            urls, delay: .zero, edit: { $0.perAddressInFlight = 0 },
            names: { question in
                let number = Int(question.host.dropFirst().prefix { $0.isNumber }) ?? 0
                return .addresses("2001:db8::\(number + 1)", "192.0.2.1", latency: .milliseconds(Int64(number) * 100))
            },
            answer: { request in
                let number = Int(request.url.dropFirst(8).prefix { $0.isNumber }) ?? 0
                return SimulatedFetcher.Answer(status: 200) { result in
                    // Every second host cannot be had by IPv4, and every other can.
                    result.failedAddresses = number % 2 == 0 ? 1 : 0
                    result.remoteAddress =
                        number % 2 == 0 ? IPAddress("2001:db8::\(number + 1)".utf8) : IPAddress("192.0.2.1".utf8)
                }
            })
        crawl.time.run(for: .seconds(5))
        #expect(crawl.log.count == 30)
        let sentTo = crawl.fetcher.log.compactMap(\.sendsTo?.first)
        #expect(sentTo.count == 30)
        #expect(sentTo.allSatisfy { $0.isV4 }, "IPv4 stands first until it fails as a whole")
    }

    @Test("revive asks the name anew")
    func revive() throws {
        let crawl = try Self.crawl(names: { _ in Answer(.noName(ttl: .hours(1)), latency: .zero) })
        crawl.time.run(until: Self.start + .minutes(61))
        let before = Self.looks(crawl).count
        let id = try #require(try crawl.record(Self.url)?.id)
        _ = try crawl.store.revive(.url(try #require(VirtualCrawl.canonical(Self.url))), now: crawl.time.now())
        crawl.changed(.url(id))
        crawl.time.run(for: .milliseconds(500))
        #expect(Self.looks(crawl).count == before + 1)
    }

    @Test("a name that waits for its look-up when crawld is stopped is as due as before")
    func stop() throws {
        let crawl = try Self.crawl(names: { _ in .failed(.timedOut) })
        crawl.time.run(for: .seconds(2))
        crawl.stop()
        #expect(crawl.log.isEmpty)
        try crawl.restart()
        crawl.time.run(for: .seconds(2))
        #expect(crawl.resolver?.log.count == 1)
    }
}
