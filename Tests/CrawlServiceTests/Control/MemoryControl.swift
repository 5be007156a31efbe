import ControlAPI
import CrawlCore
import CrawlService

/// A `CrawlControl` that keeps everything in memory and notes what the server did.
actor MemoryControl: CrawlControl {
    private(set) var urls: [String: EnqueueOptions] = [:]
    private(set) var batches: [Int] = []
    private(set) var isPaused = false
    private(set) var lastList: [String] = []
    private(set) var isCommitting = false
    private(set) var sawOverlap = false
    /// Fails the batch with this number, from 1.
    var failure: (batch: Int, error: ControlError)?
    var healthy = true
    var rows: [URLRecord] = []
    /// Of each list, how many of its rows were read.
    private(set) var rowsRead: [Int] = []
    /// Incidents and causes.
    private(set) var revived: [String] = []
    private var because: [Explanation.Reason] = []
    private var ledger = LedgerRecord(scope: "url")

    nonisolated let feed = MemoryFeed()
    nonisolated let pages = MemoryPages()

    private var isHeld = false
    private var held: [CheckedContinuation<Void, Never>] = []

    /// What is enqueued waits until `release`.
    func hold() { isHeld = true }

    func release() {
        isHeld = false
        for waiting in held { waiting.resume() }
        held = []
    }

    func fail(batch: Int, with error: ControlError) { failure = (batch, error) }
    func set(healthy: Bool) { self.healthy = healthy }
    func set(rows: [URLRecord]) { self.rows = rows }
    func set(because: [Explanation.Reason], ledger: LedgerRecord) { (self.because, self.ledger) = (because, ledger) }

    func enqueue(_ batch: EnqueueBatch) async throws -> EnqueueReceipt {
        if isCommitting { sawOverlap = true }
        isCommitting = true
        defer { isCommitting = false }
        await Task.yield()
        if isHeld { await withCheckedContinuation { held.append($0) } }
        batches.append(batch.count)
        if let failure, failure.batch == batches.count { throw failure.error }
        var receipt = EnqueueReceipt()
        for entry in batch.entries {
            let start = Int(entry.offset)
            let url = String(decoding: batch.bytes[start..<(start + Int(entry.length))], as: UTF8.self)
            let options = entry.options < 0 ? EnqueueOptions() : batch.options[Int(entry.options)]
            if urls.updateValue(options, forKey: url) == nil { receipt.new += 1 } else { receipt.known += 1 }
        }
        return receipt
    }

    func origin(_ key: String) async throws -> OriginRecord? {
        urls.keys.contains { $0.hasPrefix(key + "/") } ? OriginRecord(origin: key, crawlDelay: "1s") : nil
    }

    func explain(_ url: CrawlURL) async throws -> Explanation? {
        urls[url.string].map { _ in
            Explanation(
                url: url.string, state: "scheduled", nextAttemptAt: nil, because: because, incident: nil,
                ledger: ledger, history: [])
        }
    }

    func record(_ url: CrawlURL) async throws -> URLRecord? {
        urls[url.string].map { options in
            var record = URLRecord(url: url.string, origin: url.origin, state: "scheduled")
            record.priority = options.priority ?? 0
            record.meta = options.meta.flatMap { JSONValue(text: $0) }
            return record
        }
    }

    func list(state: String?, origin: String?, after: String?, limit: Int) async throws -> Page<URLRecord> {
        lastList = [state ?? "-", origin ?? "-", after ?? "-", String(limit)]
        let (page, number) = (Array(rows.prefix(limit)), rowsRead.count)
        rowsRead.append(0)
        return Page(count: page.count, next: rows.count > limit ? "more" : nil) { places, bytes in
            var (read, held) = ([URLRecord](), 0)
            for row in page[places] where held < bytes {
                read.append(row)
                held += try ControlJSON.encode(row).count
            }
            await self.read(read.count, ofList: number)
            return Page.Rows(read, taken: read.count)
        }
    }

    private func read(_ count: Int, ofList number: Int) { rowsRead[number] += count }

    func revive(_ target: ControlTarget) async throws -> RevivedAnswer {
        guard target == .origin("https://broken.example") else { return RevivedAnswer(affected: 1, broken: 1) }
        throw ControlError.originBroken("its breaker is open")
    }

    func revive(_ incident: IncidentName) async throws -> RevivedAnswer {
        revived.append(incident.text)
        return RevivedAnswer(affected: 1, broken: 1, incidents: 1)
    }

    func revive(cause: String) async throws -> RevivedAnswer {
        revived.append(cause)
        return RevivedAnswer(affected: 2, broken: 2, incidents: 2)
    }

    func remove(_ target: ControlTarget) async throws -> Int {
        switch target {
        case .url(let url): return urls.removeValue(forKey: url.string) == nil ? 0 : 1
        case .origin(let origin):
            let before = urls.count
            urls = urls.filter { !$0.key.hasPrefix(origin + "/") }
            return before - urls.count
        }
    }

    func incidents(
        openOnly: Bool, cause: String?, after: String?, limit: Int
    ) async throws -> Page<IncidentRecord> {
        Page(rows: [Self.incident(openOnly, cause ?? "520")])
    }

    func incident(_ name: IncidentName) async throws -> IncidentStory {
        IncidentStory(record: Self.incident(true, "520"), report: "to " + name.text)
    }

    private static func incident(_ open: Bool, _ cause: String) -> IncidentRecord {
        let time = Timestamp.text(0)
        return IncidentRecord(
            id: "01", event: "broken-origin", cause: cause, open: open, firstAt: time, lastAt: time, markedAt: time,
            observations: 10, urlsAffected: 1)
    }

    func sitemaps(openOnly: Bool, after: String?, limit: Int) async throws -> Page<SitemapRecord> {
        let time = Timestamp.text(0)
        let record = SitemapRecord(id: 1, url: "https://a.example/s.xml", state: "reading", askedAt: time)
        return Page(rows: [record], next: openOnly ? nil : "1")
    }

    func alerts(openOnly: Bool, after: String?, limit: Int) async throws -> Page<AlertRecord> {
        let time = Timestamp.text(0)
        let alert = AlertMessage(
            id: "02", at: time, event: "broken-origin", incident: "01", cause: "520", urlsAffected: 1, firstAt: time,
            lastAt: time, observations: 10)
        return Page(rows: [
            AlertRecord(alert: alert, deliveries: [DeliveryRecord(sink: "log", state: "delivered", attempts: 1)])
        ])
    }

    func status() async throws -> StatusReport { StatusReport(version: "1.0", uptimeSeconds: 1, paused: isPaused) }
    func setPaused(_ paused: Bool) async throws { isPaused = paused }
    func health() async -> HealthAnswer { HealthAnswer(reasons: healthy ? [] : ["worker 0 has not come back"]) }
}
