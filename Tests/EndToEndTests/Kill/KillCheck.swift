import ControlAPI
import CrawlTesting
import GRDB
import Testing

/// The daemon at rest against what it had acknowledged.
struct KillCheck {
    let seed: UInt64
    let home: DaemonHome
    let site: CrawledSite
    let hook: HookLog
    let acknowledged: Acknowledged.Content
    let logs: [String]

    func overTheSocket() async throws {
        #expect(acknowledged.faults.isEmpty, "seed \(seed)")
        let records = try await home.api.records()
        let counts = try await home.api.status().urls.filter { $0.value != 0 }
        let incidents = try await home.api.incidents()
        let alerts = try await home.api.alerts()
        print(
            """
            kill test: \(acknowledged.enqueues) enqueues, \(acknowledged.lostAnswers) lost answers, \
            \(acknowledged.removals) removals, \(acknowledged.revivals) revivals, \(records.count) URLs, \
            \(incidents.count) incidents, \(alerts.count) alerts
            """)
        checkRecords(records)
        let counted = Dictionary(grouping: records, by: \.state).mapValues(\.count)
        #expect(counted == counts, "seed \(seed): the tally of /v1/status and a count over all pages")
        checkEpisodes(incidents, alerts)
        try checkDeliveries(alerts)
    }

    private func checkRecords(_ records: [URLRecord]) {
        let byURL = Dictionary(grouping: records, by: \.url)
        #expect(byURL.values.allSatisfy { $0.count == 1 }, "seed \(seed): a URL is listed twice")
        let fetched = site.fetched
        var wrong: [String] = []
        for (url, fate) in acknowledged.fates {
            let record = byURL[url]?.first
            switch fate {
            case .enqueued where record == nil: wrong.append("lost: \(url)")
            case .removed where record != nil: wrong.append("removed, and there: \(url)")
            default: break
            }
            guard let record else { continue }
            if record.state != "done" { wrong.append("stuck: \(url) \(record.state) due \(record.dueAt ?? "never")") }
            if !fetched.contains(url) { wrong.append("done, and never asked for: \(url)") }
            if record.attempts == 0 { wrong.append("done without an attempt: \(url)") }
        }
        let unasked = byURL.keys.filter { acknowledged.fates[$0] == nil }
        wrong += unasked.map { "never handed in: \($0)" }
        #expect(wrong.isEmpty, "seed \(seed)")
    }

    private func checkEpisodes(_ incidents: [IncidentRecord], _ alerts: [AlertRecord]) {
        #expect(Set(incidents.map(\.id)).count == incidents.count, "seed \(seed)")
        #expect(incidents.allSatisfy { !$0.open }, "seed \(seed): every page is well")
        #expect(Set(alerts.map(\.alert.id)).count == alerts.count, "seed \(seed)")
        let byIncident = Dictionary(grouping: alerts.map(\.alert), by: \.incident)
        for incident in incidents {
            #expect(
                byIncident[incident.id]?.map(\.event) == ["broken-origin", "resolved"],
                "seed \(seed): alerts of \(incident.id), \(incident.url ?? ""), \(incident.how ?? "open")")
        }
        #expect(byIncident.count == incidents.count, "seed \(seed): an alert has no incident")
        // One at a time: an episode of a URL begins after the one before has ended.
        for (url, episodes) in Dictionary(grouping: incidents, by: \.url) {
            let inTime = episodes.sorted { $0.markedAt < $1.markedAt }
            for (one, next) in zip(inTime, inTime.dropFirst()) {
                #expect((one.closedAt ?? "9999") <= next.markedAt, "seed \(seed): two open incidents of \(url ?? "")")
            }
        }
    }

    private func checkDeliveries(_ alerts: [AlertRecord]) throws {
        for alert in alerts {
            #expect(
                alert.deliveries.map(\.state) == ["delivered", "delivered"],
                "seed \(seed): \(alert.alert.id): \(alert.deliveries)")
        }
        let messages = try hook.messages()
        let byID = Dictionary(uniqueKeysWithValues: alerts.map { ($0.alert.id, $0.alert) })
        for message in messages {
            let alert = byID[message.id]
            #expect(
                alert?.incident == message.incident && alert?.event == message.event,
                "seed \(seed): the hook got \(message.id), \(message.event), which is none of the outbox")
        }
        #expect(Set(messages.map(\.id)) == Set(byID.keys), "seed \(seed): a message never reached the hook")
        for (incident, told) in Dictionary(grouping: messages, by: \.incident) {
            let order = told.map(\.event)
            #expect(order == order.sorted(), "seed \(seed): \(incident) was told out of order: \(order)")
        }
        for alert in alerts {
            let level = alert.alert.event == "resolved" ? "notice" : "warning"
            #expect(
                logs.contains {
                    $0.contains(" \(level) \(alert.alert.event) ") && $0.contains("incident=\(alert.alert.incident)")
                }, "seed \(seed): \(alert.alert.event) of \(alert.alert.incident) is not in the log")
        }
    }

    func inTheFile() throws {
        let queue = try DatabaseQueue(path: home.databasePath)
        try queue.read { db in
            #expect(try String.fetchAll(db, sql: "PRAGMA integrity_check") == ["ok"], "seed \(seed)")
            let stray = try Int.fetchOne(db, sql: "SELECT count(*) FROM health WHERE id NOT IN (SELECT id FROM url)")
            #expect(stray == 0, "seed \(seed): health without a URL")
            let due = try Int.fetchOne(db, sql: "SELECT count(*) FROM url WHERE due_at IS NOT NULL")
            #expect(due == 0, "seed \(seed)")
        }
    }

    /// Every URL that is recorded as fetched has its whole record, and no reader stumbles over a file that was left behind.
    func inTheArchive(_ archive: ArchiveFiles) throws {
        let records = try ReaderCheck.run(archive.path)
        let kept = try archive.checkPlaces()
        let queue = try DatabaseQueue(path: home.databasePath)
        let fetched = try queue.read { db in
            try Int64.fetchSet(db, sql: "SELECT id FROM url WHERE attempts > 0")
        }
        #expect(fetched.subtracting(kept).isEmpty, "seed \(seed): fetched, and not in the archive")
        print("kill test: \(archive.names.count) WARC files, \(records.count) records")
        #expect(!archive.names.contains { $0.hasSuffix(".open") }, "seed \(seed): \(archive.names)")
    }
}
