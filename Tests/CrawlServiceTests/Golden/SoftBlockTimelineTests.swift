import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Testing

/// A URL that turns our request away and serves the control profile, in virtual time.
@Suite struct SoftBlockTimelineTests {
    static let url = GoldenTimelineTests.url
    static let start = GoldenTimelineTests.start
    static let control: UInt16 = 1

    /// Our request fails, the control profile's is served.
    static let blocked: @Sendable (SimulatedFetcher.Request) -> SimulatedFetcher.Answer = { request in
        .init(status: request.profile == control ? 200 : 520)
    }

    static func settings(
        switches: Bool = false, delay: Duration = .zero, edit: (inout SchedulerRules) -> Void = { _ in }
    ) -> CrawlLoop.Settings {
        GoldenTimelineTests.settings(delay: delay) {
            $0.softBlock = SoftBlockRules(control: Int(control), switches: switches)
            edit(&$0)
        }
    }

    private func requests(_ crawl: VirtualCrawl) -> [String] {
        crawl.log.map { "\(($0.at - Self.start).ms / 1000) \($0.profile == Self.control ? "control" : "ours")" }
    }

    private static let burst = ["0 ours", "1 ours", "3 ours", "7 ours", "15 ours"]

    @Test("Off by default: nobody asks in another dress")
    func off() throws {
        let crawl = try VirtualCrawl(settings: GoldenTimelineTests.settings(), answer: Self.blocked)
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .minutes(61))
        #expect(crawl.times(Self.url) == GoldenTimelineTests.hourOf520)
        #expect(crawl.log.allSatisfy { $0.profile == nil })
    }

    @Test("park: 520 in the burst, control served, 520 again: one alert, and no request until it is revived")
    func park() throws {
        let crawl = try VirtualCrawl(settings: Self.settings(), answer: Self.blocked)
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .hours(48))
        #expect(requests(crawl) == Self.burst + ["15 control", "15 ours"])
        let record = try #require(try crawl.record(Self.url))
        #expect(record.state == .softBlocked)
        #expect(record.dueAt == nil)
        let alert = try #require(try crawl.store.alerts(after: 0, limit: 10).first?.alert)
        #expect(alert.facts.event == .softBlocked && alert.facts.cause == "520" && alert.facts.scope == .url)
        #expect(alert.facts.url == Self.url && alert.facts.observations == 6 && alert.facts.requestsSpent == 7)
        #expect(alert.at == Self.start + .seconds(15))

        crawl.enqueue([Self.url], options: Self.forced)
        crawl.time.run(for: .hours(1))
        #expect(crawl.log.count == 7, "due again lifts no hold")

        _ = try crawl.store.revive(.origin("http://a.test"), after: nil, now: crawl.time.now())
        crawl.reconsider(origin: URLKey.origin(of: record.id))
        crawl.time.run(for: .minutes(2))
        #expect(crawl.log.count == 14, "a new streak has a burst and a proof of its own")
        let alerts = try crawl.store.alerts(after: 0, limit: 10).map(\.alert.facts)
        #expect(alerts.map(\.event) == [.softBlocked, .resolved, .softBlocked])
        #expect(alerts[1].how == .revived && alerts[2].previous == alerts[0].incident)
    }

    private static var forced: EnqueueOptions {
        var options = EnqueueOptions()
        options.force = true
        return options
    }

    @Test("switch: the control profile asks from then on, its first good answer resolves")
    func switches() throws {
        let crawl = try VirtualCrawl(settings: Self.settings(switches: true) { $0.recrawl = .every(.hours(6)) }) {
            Self.blocked($0)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .hours(13))
        #expect(
            requests(crawl) == Self.burst
                + ["15 control", "15 ours", "15 control", "\(6 * 3600 + 15) control", "\(12 * 3600 + 15) control"])
        #expect(try crawl.record(Self.url)?.state == .scheduled)
        let alerts = try crawl.store.alerts(after: 0, limit: 10)
        #expect(alerts.map(\.alert.facts.event) == [.softBlocked, .resolved])
        #expect(alerts.last?.alert.facts.how == .recovered)
        #expect(alerts.last?.alert.at == Self.start + .seconds(15))
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)

        try crawl.restart()
        crawl.time.run(until: Self.start + .hours(19))
        #expect(requests(crawl).last == "\(18 * 3600 + 15) control", "a restart does not forget it")
    }

    @Test("switch: when the control profile fails too, a run begins, and its hour marks the URL as any other's")
    func switchedFails() throws {
        let crawl = try VirtualCrawl(settings: Self.settings(switches: true)) { request in
            Self.blocked(request).status == 200 && request.at - Self.start < .seconds(15) + .milliseconds(1)
                ? .init(status: 200, latency: .seconds(1)) : .init(status: 520)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .seconds(60))
        let asked = requests(crawl)
        let proof = Self.burst + ["15 control", "16 ours"]
        #expect(asked == proof + ["16 control", "17 control", "19 control", "23 control", "31 control"])
        #expect(try crawl.record(Self.url)?.health?.phase == .pending)
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).count == 1)
        crawl.time.run(until: Self.start + .minutes(61))
        #expect(try crawl.record(Self.url)?.state == .brokenOrigin)
        let alerts = try crawl.store.alerts(after: 0, limit: 10).map(\.alert.facts)
        #expect(alerts.map(\.event) == [.softBlocked, .resolved, .brokenOrigin])
        #expect(alerts.map(\.how) == [nil, .withdrawn, nil])
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).count == 1)
    }

    @Test(
        "a control request that proves nothing changes nothing: the hour is as ever",
        arguments: [
            ("control fails too", 520, 0), ("control is turned away", 403, 0), ("control has a 500", 500, 0),
            ("another address serves control", 200, 9),
        ])
    func unproven(name: String, status: Int, address: Int) throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            guard request.profile == Self.control else { return .init(status: 520) }
            return .init(status: Int32(status)) { result in
                if address != 0 { result.remoteAddress = IPAddress(v4: UInt32(address)) }
            }
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .minutes(61))
        let ours = crawl.log.filter { $0.profile == nil }.map { $0.at - Self.start }
        #expect(ours == GoldenTimelineTests.hourOf520)
        #expect(crawl.log.filter { $0.profile == Self.control }.count == 1, "one proof a run")
        let incident = try #require(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(incident.facts.event == .brokenOrigin)
        #expect(incident.facts.observations == 10 && incident.facts.requestsSpent == 11)
        #expect(incident.markedAt == Self.start + .minutes(60))
    }

    @Test("a removed URL takes its incident with it")
    func removed() throws {
        let crawl = try VirtualCrawl(settings: Self.settings(), answer: Self.blocked)
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .minutes(1))
        try crawl.remove(Self.url)
        #expect(try crawl.store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
        #expect(try crawl.store.alerts(after: 0, limit: 10).last?.alert.facts.how == .removed)
    }

    @Test("a throttled control request gives the proof up; the probe waits for the block's end")
    func throttled() throws {
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            request.profile == Self.control ? .throttled(429, retryAfter: "900") : .init(status: 520)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .minutes(20))
        #expect(requests(crawl) == Self.burst + ["15 control", "915 ours"])
        #expect(try crawl.record(Self.url)?.health?.run?.observations == 6)
    }

    @Test("a site that recovers in the middle of the proof is good, and no alert is sent")
    func recovers() throws {
        let crawl = try VirtualCrawl(settings: Self.settings(delay: .seconds(1))) { request in
            request.profile == nil && request.at - Self.start < .seconds(16) ? .init(status: 520) : .init(status: 200)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .hours(2))
        #expect(requests(crawl) == Self.burst + ["16 control", "17 ours"])
        let record = try #require(try crawl.record(Self.url))
        #expect(record.state == .done && record.health == nil)
        #expect(try crawl.store.alerts(after: 0, limit: 10).isEmpty)
    }

    @Test("control's answer is no answer of the URL: no content, no redirect, no attempt is kept of it")
    func controlLeavesNothing() throws {
        let target = "http://a.test/captcha"
        let crawl = try VirtualCrawl(settings: Self.settings()) { request in
            request.profile == Self.control ? .redirect(302, to: target) : .init(status: 520)
        }
        crawl.enqueue([Self.url])
        crawl.time.run(until: Self.start + .minutes(1))
        let record = try #require(try crawl.record(Self.url))
        #expect(record.state == .softBlocked)
        #expect(record.lastOutcome == .unknownOriginError)
        #expect(try crawl.record(target) == nil)
    }

    @Test(
        "a restart in the middle of the proof goes on with it; one that takes too long gives it up",
        arguments: [1.0, 30])
    func restart(minutes: Double) throws {
        let crawl = try VirtualCrawl(settings: Self.settings(delay: .seconds(10)), answer: Self.blocked)
        crawl.enqueue([Self.url])
        // 0, 10, 20, 30, 40 ours, 50 control, 60 ours
        crawl.time.run(until: Self.start + .seconds(55))
        #expect(requests(crawl).last == "50 control")
        crawl.kill()
        crawl.time.skip(.minutes(minutes))
        try crawl.restart()
        crawl.time.run(for: .minutes(2))
        let isInTime = minutes < 10
        #expect(try crawl.record(Self.url)?.state == (isInTime ? .softBlocked : .scheduled))
        crawl.time.run(for: .hours(3))
        let alerts = try crawl.store.alerts(after: 0, limit: 10).map(\.alert.facts.event)
        #expect(alerts == (isInTime ? [.softBlocked] : [.brokenOrigin]))
        #expect(crawl.log.filter { $0.profile == Self.control }.count == 1)
    }
}
