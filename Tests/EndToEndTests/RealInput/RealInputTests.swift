import ControlAPI
import CrawlTesting
import Testing

extension EndToEnd {
    /// Thousands of real files through the real daemon and a real web server, five of them broken.
    @Suite struct RealInputTests {
        @Test(.timeLimit(.minutes(5)))
        func everyFileIsFetchedOnceAndFiveBrokenOnesAreToldOnce() async throws {
            let run = try await RealInputRun()
            #expect(run.documents.count >= 2000)
            #expect(run.broken.count == 5 && Set(run.broken).count == 5)
            #expect(run.ending == .exited(0))

            #expect(run.enqueued.new == run.documents.count)
            #expect(run.enqueued.known == 0 && run.enqueued.rejected == 0, "\(run.enqueued.problems)")
            #expect(run.again.known == run.documents.count && run.again.new == 0)

            checkRecords(run)
            try checkAlerts(run)
            try checkRequests(run)
        }

        private func checkRecords(_ run: RealInputRun) {
            let records = Dictionary(run.records.map { ($0.url, $0) }, uniquingKeysWith: { first, _ in first })
            #expect(records.count == run.records.count, "a URL is listed twice")
            #expect(run.records.count == run.documents.count)
            for document in run.documents where !run.broken.contains(document.target) {
                guard let record = records[run.base + document.target] else {
                    Issue.record("\(document.target) is not listed")
                    continue
                }
                let isRight =
                    record.state == "done" && record.health == "healthy" && record.attempts == 1
                    && record.lastStatus == 200 && record.bytes == document.size && record.digest == document.digest
                if !isRight { Issue.record("\(document) is listed as \(record)") }
            }
            for target in run.broken {
                let record = records[run.base + target]
                #expect(record?.state == "broken-origin" && record?.health == "broken")
                // One that began seconds before another has a canary more by the time that all have two.
                let attempts = Int(record?.attempts ?? 0)
                #expect(attempts >= RealInputRun.requestsToMark + RealInputRun.canaries)
                #expect(record?.lastStatus == 520 && record?.incident != nil)
            }
        }

        private func checkAlerts(_ run: RealInputRun) throws {
            let broken = Set(run.broken.map { run.base + $0 })
            #expect(run.incidents.count == 5 && Set(run.incidents.compactMap(\.url)) == broken)
            #expect(run.incidents.allSatisfy { $0.open && $0.cause == "520" && $0.event == "broken-origin" })
            #expect(run.incidents.allSatisfy { $0.urlsAffected == 1 })

            #expect(run.alerts.count == 5)
            #expect(Set(run.alerts.compactMap(\.alert.url)) == broken)
            #expect(Set(run.alerts.map(\.alert.incident)) == Set(run.incidents.map(\.id)))
            for record in run.alerts {
                #expect(record.alert.event == "broken-origin" && record.alert.cause == "520")
                #expect(record.alert.observations == RealInputRun.requestsToMark)
                #expect(Set(record.deliveries.map(\.sink)) == ["log", "exec"])
                #expect(record.deliveries.allSatisfy { $0.state == "delivered" && $0.attempts == 1 })
            }
            let told = try run.hook.split(separator: "\n").map {
                try ControlJSON.decode(AlertMessage.self, from: $0.utf8)
            }
            #expect(told.count == 5 && Set(told.map(\.id)) == Set(run.alerts.map(\.alert.id)))
            let lines = run.log.filter { $0.contains(" warning broken-origin ") }
            #expect(lines.count == 5)
            #expect(broken.allSatisfy { url in lines.contains { $0.contains("url=\(url)") } })
        }

        private func checkRequests(_ run: RealInputRun) throws {
            let requests = Dictionary(grouping: run.requests, by: \.target)
            #expect(requests.count == run.documents.count, "something was requested that was not enqueued")
            for document in run.documents where !run.broken.contains(document.target) {
                let seen = requests[document.target] ?? []
                if seen.map(\.status) != [200] { Issue.record("\(document.target) was answered \(seen)") }
            }
            for target in run.broken {
                let incident = try #require(run.incidents.first { $0.url == run.base + target })
                let marked = try #require(Timestamp.milliseconds(incident.markedAt))
                let seen = try #require(requests[target])
                #expect(seen.allSatisfy { $0.status == 520 })
                let toMark = seen.filter { $0.at <= marked }.map(\.at)
                try #require(toMark.count == RealInputRun.requestsToMark, "\(seen), marked at \(marked)")
                for (index, wait) in RealInputRun.burst.enumerated() {
                    #expect(isOnTime(toMark[index + 1], after: toMark[index], wait))
                }
                for (index, offset) in RealInputRun.probes.enumerated() {
                    #expect(isOnTime(toMark[1 + RealInputRun.burst.count + index], after: toMark[0], offset))
                }
                let canaries = seen.filter { $0.at > marked }.map(\.at)
                try #require(canaries.count >= RealInputRun.canaries, "\(seen), marked at \(marked)")
                for (before, canary) in zip([marked] + canaries, canaries) {
                    #expect(isOnTime(canary, after: before, RealInputRun.recheckFirst))
                }
            }
        }

        /// Never early, but for the grain of nginx's clock; late by less than the shortest step between probes.
        private func isOnTime(_ at: Int64, after start: Int64, _ wait: Int64) -> Bool {
            (wait - 10..<wait + 2500).contains(at - start)
        }
    }
}
