import ControlAPI
import CrawlCore
import CrawlFrontier
import Synchronization

/// The daemon as the control server sees it while there is no room on the disk to open the frontier: it says so to whoever
/// wants something of that.
final class RoomlessControl: CrawlControl {
    /// When the first attempt failed.
    let since: Instant
    /// What it failed with.
    let reason: String
    private let facts: DaemonControl.Facts
    private let clock: any Clock
    private let paused = Mutex<Bool?>(nil)

    init(reason: String, facts: DaemonControl.Facts, clock: any Clock) {
        self.reason = reason
        self.facts = facts
        self.clock = clock
        since = clock.now()
    }

    /// What an operator said meanwhile; nil = nothing: what is stored counts.
    var pauseWish: Bool? { paused.withLock { $0 } }

    func status() async throws -> StatusReport {
        var report = StatusReport(
            version: facts.version, uptimeSeconds: (clock.now() - facts.startedAt).ms / 1000,
            paused: pauseWish ?? false)
        report.workers = facts.workers
        report.storageError = reason
        report.storageFullSince = since.text
        return report
    }

    func health() async -> HealthAnswer { HealthAnswer(reasons: ["storage: \(reason)"]) }

    /// Nothing is fetched anyway; it is stored when the frontier is open.
    func setPaused(_ paused: Bool) async throws { self.paused.withLock { $0 = paused } }

    func enqueue(_ batch: EnqueueBatch) async throws -> EnqueueReceipt {
        guard !batch.isEmpty else { return EnqueueReceipt() }
        throw ControlError.storageFull(reason, retryAfter: RoomWatch<OpenedState>.period)
    }

    func record(_ url: CrawlURL) async throws -> URLRecord? { throw unopened }
    func explain(_ url: CrawlURL) async throws -> Explanation? { throw unopened }
    func list(state: String?, origin: String?, after: String?, limit: Int) async throws -> Page<URLRecord> {
        throw unopened
    }
    func revive(_ target: ControlTarget) async throws -> RevivedAnswer { throw unopened }
    func revive(_ incident: IncidentName) async throws -> RevivedAnswer { throw unopened }
    func revive(cause: String) async throws -> RevivedAnswer { throw unopened }
    func remove(_ target: ControlTarget) async throws -> Int { throw unopened }
    func origin(_ key: String) async throws -> OriginRecord? { throw unopened }
    func incidents(
        openOnly: Bool, cause: String?, after: String?, limit: Int
    ) async throws -> Page<IncidentRecord> { throw unopened }
    func incident(_ name: IncidentName) async throws -> IncidentStory { throw unopened }
    func sitemaps(openOnly: Bool, after: String?, limit: Int) async throws -> Page<SitemapRecord> { throw unopened }
    func alerts(openOnly: Bool, after: String?, limit: Int) async throws -> Page<AlertRecord> { throw unopened }

    func results(after: Int64?, _ filter: ResultFilter, limit: Int, bytes: Int) async throws -> ResultRows {
        throw unopened
    }
    func awaitResults(beyond seq: Int64) async {}
    func consumer(_ name: String) async throws -> ConsumerRecord { throw unopened }
    func addConsumer(_ name: String, after: Int64?) async throws -> ConsumerRecord { throw unopened }
    func removeConsumer(_ name: String) async throws -> Bool { throw unopened }
    func acknowledge(_ seq: Int64, by name: String) async throws -> ConsumerRecord { throw unopened }

    func content(_ url: CrawlURL, isRaw: Bool) async throws -> PageContent { throw unopened }

    private var unopened: ControlError {
        ControlError(
            status: 503, code: ProblemCode.storageFull, detail: reason,
            hint: "it goes on by itself when the disk has room", retryAfter: RoomWatch<OpenedState>.period)
    }
}
