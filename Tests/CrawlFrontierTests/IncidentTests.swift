import CrawlFrontier
import CrawlTesting
import Testing

@testable import CrawlCore

/// What a mark and a resolve write beside the URL: incident, alert, deliveries.
struct IncidentTests {
    let folder: FrontierFolder
    let store: FrontierStore
    let origin = "https://a.example"

    init() throws {
        folder = try FrontierFolder()
        store = try folder.openKeyed {
            $0.sinks = ["log", "webhook"]
            $0.resolveHold = .seconds(1800)
        }
    }

    private func mark(_ path: String, _ incident: ULID, at time: Instant) throws -> LeasedURL {
        try store.enqueue([origin + path])
        let lease = try store.lease(origin)
        let url = try #require(lease.urls.first { lease.path($0) == path })
        try store.complete([url.marked(incident, recheck: time + .seconds(3600), at: time)], drained: [], now: time)
        return url
    }

    private func resolve(_ incident: ULID, at time: Instant) throws {
        let url = try #require(try store.lease(origin, now: time).health.first)
        try store.complete(
            [
                url.verdict(at: time) {
                    $0.event = .resolved
                    $0.incident = incident
                }
            ], drained: [], now: time)
    }

    @Test("a mark: URL, incident, alert and a delivery for each sink")
    func marked() throws {
        let id = ULID.numbered(1)
        _ = try mark("/p?q", id, at: at(3600))
        #expect(try store.get(origin + "/p?q")?.state == .brokenOrigin)
        #expect(try store.get(origin + "/p?q")?.health?.mark?.incident == id)
        let incident = try #require(try store.incidents(openOnly: true, after: nil, limit: 10).first)
        #expect(incident.markedAt == at(3600))
        #expect(incident.closedAt == nil)
        #expect(incident.facts.event == .brokenOrigin)
        #expect(incident.facts.incident == id.description)
        #expect(incident.facts.cause == "520")
        #expect(incident.facts.url == origin + "/p?q")
        #expect(incident.facts.origin == origin)
        #expect(incident.facts.firstAtMs == at(-100).ms)
        #expect(incident.facts.requestsSpent == 3)
        let alert = try #require(try store.alerts(after: 0, limit: 10).first)
        #expect(alert.alert.facts == incident.facts)
        #expect(alert.deliveries.map(\.sink) == ["log", "webhook"])
        #expect(alert.deliveries.allSatisfy { !$0.isDelivered && $0.attempts == 0 && $0.nextAt == at(3600) })
        #expect(try store.pendingDeliveries(now: at(3600), limit: 10).count == 2)
        let stats = try store.stats()
        #expect(stats.openIncidents == 1 && stats.pendingDeliveries == 2)
    }

    @Test("the resolved alert waits for the hold, and for the alert before it at the same sink")
    func hold() throws {
        let id = ULID.numbered(1)
        _ = try mark("/", id, at: at(3600))
        let first = try store.pendingDeliveries(now: at(3600), limit: 10)
        try store.recordDeliveries([DeliveryReport(seq: first[0].alert.seq, sink: "log", at: at(3600), .delivered)])
        try resolve(id, at: at(7260))
        #expect(try store.get(origin + "/")?.state == .done)
        #expect(try store.incidents(openOnly: true, after: nil, limit: 10).isEmpty)
        #expect(try store.pendingDeliveries(now: at(7260 + 1799), limit: 10).map(\.sink) == ["webhook"])
        let due = try store.pendingDeliveries(now: at(7260 + 1800), limit: 10)
        #expect(due.map(\.sink) == ["webhook", "log"])
        #expect(due.map(\.alert.facts.event) == [.brokenOrigin, .resolved])
        #expect(due.last?.alert.facts.how == .recovered)
        #expect(due.last?.alert.facts.incident == id.description)
        #expect(try store.nextDeliveryAt() == at(3600))
    }

    @Test("a failed delivery is tried again when it said, and keeps its reason")
    func retry() throws {
        _ = try mark("/", .numbered(1), at: at(3600))
        let seq = try #require(try store.pendingDeliveries(now: at(3600), limit: 10).first).alert.seq
        try store.recordDeliveries([
            DeliveryReport(seq: seq, sink: "log", at: at(3600), .delivered),
            DeliveryReport(seq: seq, sink: "webhook", at: at(3600), .failed("status 503", retryAt: at(3700))),
        ])
        #expect(try store.pendingDeliveries(now: at(3699), limit: 10).isEmpty)
        let again = try #require(try store.pendingDeliveries(now: at(3700), limit: 10).first)
        #expect(again.sink == "webhook" && again.attempts == 1)
        let webhook = try store.alerts(after: 0, limit: 1).first?.deliveries.last
        #expect(webhook?.error == "status 503")
        try store.recordDeliveries([DeliveryReport(seq: seq, sink: "webhook", at: at(3700), .delivered)])
        #expect(try store.nextDeliveryAt() == nil)
        #expect(try store.alerts(after: 0, limit: 1).first?.deliveries.allSatisfy(\.isDelivered) == true)
    }

    @Test("an incident closes once")
    func closesOnce() throws {
        let id = ULID.numbered(1)
        let url = try mark("/", id, at: at(3600))
        _ = try store.revive(.url(CrawlURL(origin + "/")), now: at(4000))
        try store.complete(
            [
                url.verdict(at: at(4001)) {
                    $0.event = .resolved
                    $0.incident = id
                }
            ], drained: [], now: at(4001))
        _ = try store.remove(.url(CrawlURL(origin + "/")), now: at(4002))
        #expect(try store.alerts(after: 0, limit: 10).map(\.alert.facts.event) == [.brokenOrigin, .resolved])
        #expect(try store.incidents(openOnly: false, after: nil, limit: 10).map(\.how) == ["revived"])
    }

    @Test("incidents and alerts page by their own cursors", arguments: 1...4)
    func pages(limit: Int) throws {
        let ids = (0..<9).map { ULID.numbered($0) }
        for (i, id) in ids.enumerated() { _ = try mark("/\(i)", id, at: at(3600 + Double(i))) }
        var seen: [String] = []
        while true {
            let page = try store.incidents(openOnly: true, after: seen.last, limit: limit)
            if page.isEmpty { break }
            seen += page.map(\.facts.incident)
        }
        #expect(seen == ids.map(\.description))
        var seqs: [Int64] = []
        while true {
            let page = try store.alerts(after: seqs.last ?? 0, limit: limit)
            if page.isEmpty { break }
            seqs += page.map(\.alert.seq)
        }
        #expect(seqs.count == 9 && seqs == seqs.sorted())
    }

    @Test("rows by their keys: reading ends with the one that passes the bytes; what was closed is left out, no other")
    func byKeys() throws {
        let ids = (0..<9).map { ULID.numbered($0) }
        for (i, id) in ids.enumerated() { _ = try mark("/\(i)", id, at: at(3600 + Double(i))) }
        let keys = try store.incidentKeys(openOnly: true, after: nil, limit: 100).keys
        #expect(keys == ids.map(\.description))
        let all = try store.incidents(keys, openOnly: true, within: .max)
        #expect(all.taken == 9 && all.rows.map(\.facts.incident) == keys)
        let some = try store.incidents(keys, openOnly: true, within: 1)
        #expect(some.taken == 1 && some.rows.map(\.facts.incident) == [keys[0]])
        let seqs = try store.alertKeys(after: 0, limit: 100).keys
        #expect(try store.alerts(seqs, within: .max).rows.map(\.alert.seq) == seqs)
        #expect(try store.alerts(seqs, within: 1).taken == 1)

        _ = try store.revive(.url(CrawlURL(origin + "/4")), now: at(4000))
        let left = try store.incidents(keys, openOnly: true, within: .max)
        #expect(left.taken == 9 && left.rows.map(\.facts.incident) == keys.filter { $0 != keys[4] })
        // The list was begun before this one was open: it is not in it, and takes nobody's place.
        let others = keys.filter { $0 != keys[2] }
        #expect(try store.incidents(others, openOnly: false, within: .max).rows.map(\.facts.incident) == others)
    }
}
