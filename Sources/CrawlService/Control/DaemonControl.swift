package import ControlAPI
package import CrawlCore
package import CrawlFetch
package import CrawlFrontier
package import CrawlResolve

/// The daemon as the control server sees it: writes go through the writer's lane, reads through a connection of their
/// own, and the loop is told of what changed.
package final class DaemonControl: CrawlControl {
    let store: FrontierStore
    private let writer: FrontierWriter
    let loop: CrawlLoop
    let clock: any Clock
    private let facts: Facts
    private let workers: @Sendable () -> WorkerHealth
    /// nil = libcurl looks names up.
    private let resolver: Resolver?
    /// Rung after each commit that has results.
    let bell: ResultBell
    /// Reading blocks: it happens here, never on the cooperative pool or the network's thread.
    private let readLane: any Lane
    let pages: ContentRule
    /// Where files of the archive are read and inflated, a piece at a time.
    let contentLane: any Lane
    /// Called after a revive or a removal that may have closed an incident.
    let onIncident: @Sendable () -> Void

    /// What does not change while the daemon runs.
    package struct Facts: Sendable {
        package var version: String
        package var startedAt: Instant
        package var workers: Int

        package init(version: String, startedAt: Instant, workers: Int) {
            self.version = version
            self.startedAt = startedAt
            self.workers = workers
        }
    }

    package init(
        store: FrontierStore, writer: FrontierWriter, loop: CrawlLoop, clock: any Clock, facts: Facts,
        workers: @escaping @Sendable () -> WorkerHealth, resolver: Resolver? = nil,
        bell: ResultBell = ResultBell(), pages: ContentRule = ContentRule(), onIncident: @escaping @Sendable () -> Void
    ) {
        self.resolver = resolver
        self.bell = bell
        self.workers = workers
        self.store = store
        self.writer = writer
        self.loop = loop
        self.clock = clock
        self.facts = facts
        self.onIncident = onIncident
        self.pages = pages
        contentLane = clock.lane("crawld.service.content")
        readLane = clock.lane("crawld.service.reads")
    }

    // MARK: Writing

    package func enqueue(_ batch: EnqueueBatch) async throws -> EnqueueReceipt {
        guard !batch.isEmpty else { return EnqueueReceipt() }
        return try await withCheckedThrowingContinuation { continuation in
            writer.enqueue(batch) { [loop] commit in
                loop.noteSitemaps(waiting: commit.sitemaps)
                if !commit.touched.isEmpty { loop.noteWork(commit.touched) }
            } done: { receipt, error in
                if let error {
                    continuation.resume(throwing: EnqueueInterrupted(committed: receipt, cause: Self.refusal(error)))
                } else {
                    continuation.resume(returning: receipt)
                }
            }
        }
    }

    package func remove(_ target: ControlTarget) async throws -> Int {
        let change = try await change(try await kept(target)) { store, target, after, rows, now in
            try store.remove(target, after: after, atMost: rows, now: now)
        }
        guard let change else { throw target.unknown }
        return change.affected
    }

    /// A step takes half of what others that write may take: who waits behind it waits for one of theirs, too.
    private static let stepPace = WritePace(rows: 500, bounds: 100...10_000, target: 25)

    /// Step by step, each a short transaction: others get their turn on the writer's lane between two. A stop does not
    /// wait for all of them: none is begun after it, and what is done stays done.
    /// nil = the target is unknown.
    func change(
        _ target: FrontierTarget,
        _ step: @escaping @Sendable (FrontierStore, FrontierTarget, Int64?, Int, Instant) throws -> OperatorCommit?
    ) async throws -> RevivedAnswer? {
        var answer = RevivedAnswer(affected: 0)
        var after: Int64?
        var pace = Self.stepPace
        repeat {
            let (commit, took) = try await write {
                [store, clock, loop, affected = answer.affected, after, rows = pace.rows] in
                // Here, where the frontier is closed too: what was asked to stop before is closed after this.
                if after != nil, loop.isStopping { throw Self.cutShort(after: affected) }
                let began = clock.now()
                let commit = try step(store, target, after, rows, began)
                return (commit, (clock.now() - began).ms)
            }
            guard let commit else { return nil }
            await withCheckedContinuation { done in loop.changed(commit.rows) { done.resume() } }
            answer.affected += commit.affected
            answer.broken += commit.broken
            answer.freed += commit.freed
            after = commit.next
            pace.note(rows: commit.affected, took: took)
        } while after != nil
        onIncident()
        return answer
    }

    private static func cutShort(after affected: Int) -> ControlError {
        var error = ControlError.shuttingDown()
        error.detail += "; \(affected) URLs were dealt with, not all"
        error.hint = "ask again when it runs again: it goes on with the rest"
        return error
    }

    package func setPaused(_ paused: Bool) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            // The loop is told from the writer's lane: of two calls the later one counts for both. On a full disk it is heeded
            // all the same.
            writer.setPaused(paused, mayWait: { ($0 as? FrontierError)?.isFull ?? false }) { [loop] result in
                if case .failure(let error) = result { return continuation.resume(throwing: Self.refusal(error)) }
                loop.setPaused(paused) { continuation.resume() }
            }
        }
    }

    func write<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            writer.perform({ _ in try work() }) { continuation.resume(with: $0.mapError(Self.refusal)) }
        }
    }

    // MARK: Reading

    package func record(_ url: CrawlURL) async throws -> URLRecord? {
        let url = try await kept(url)
        guard let stored = try await read({ try $0.record(url) }) else { return nil }
        return await records([stored]).first
    }

    package func explain(_ url: CrawlURL) async throws -> Explanation? {
        let now = clock.now()
        let url = try await kept(url)
        guard let stored = try await read({ try $0.explanation(url, now: now) }) else { return nil }
        return Explanation(stored, view: await view([stored.url.id], origin: url.origin))
    }

    package func list(state: String?, origin: String?, after: String?, limit: Int) async throws -> Page<URLRecord> {
        let first = try Self.cursor(after) ?? -1
        if state == ControlAPI.URLState.inFlight.rawValue {
            return try await listInFlight(origin: origin, after: first, limit: limit)
        }
        let filter = URLFilter(state: state.flatMap { CrawlCore.URLState(name: $0) }, origin: origin)
        let page = try await read { try $0.pageKeys(filter, after: first, limit: limit) }
        return Page(count: page.keys.count, next: page.next.map { String($0) }) { places, bytes in
            let stored = try await self.read { try $0.records(Array(page.keys[places]), within: bytes) }
            let rows = await self.records(stored.rows)
            return Page.Rows(
                state.map { state in rows.filter { $0.state == state } } ?? rows, taken: stored.taken)
        }
    }

    /// What is in flight is known to the loop, not to the store.
    private func listInFlight(origin: String?, after: Int64, limit: Int) async throws -> Page<URLRecord> {
        let ids = await withCheckedContinuation { continuation in
            loop.inFlight(after: after, limit: limit) { continuation.resume(returning: $0) }
        }
        return Page(count: ids.count, next: ids.count == limit ? ids.last.map { String($0) } : nil) { places, bytes in
            let stored = try await self.read { try $0.records(Array(ids[places]), within: bytes) }
            let rows = await self.records(stored.rows).filter {
                $0.state == ControlAPI.URLState.inFlight.rawValue && (origin ?? $0.origin) == $0.origin
            }
            return Page.Rows(rows, taken: stored.taken)
        }
    }

    /// What an earlier page gave as its continuation. Anything else would silently begin anew.
    private static func cursor(_ text: String?) throws -> Int64? {
        guard let text else { return nil }
        guard let number = Int64(text) else {
            throw ControlError(
                status: 400, code: ProblemCode.invalidValue,
                detail: "after: \(text.prefix(64)): allowed is what \(Routes.nextCursor) gave")
        }
        return number
    }

    package func origin(_ key: String) async throws -> OriginRecord? {
        guard let stored = try await read({ try $0.originRecord(key) }) else { return nil }
        let view = await view([URLKey.make(origin: stored.id, hash: 0)], origin: key)
        var record = OriginRecord(
            stored, wait: view.waits[stored.id], delay: await snapshot().crawlDelay, now: view.now)
        record.spentToday = view.spent[stored.id]
        record.name = view.name.map { NameRecordMessage($0) }
        return record
    }

    // Rows are read by their keys: what has gone meanwhile, or is no longer what was asked for, is left out, and what has
    // come in between does not take the place of another.

    package func incidents(
        openOnly: Bool, cause: String?, after: String?, limit: Int
    ) async throws -> Page<IncidentRecord> {
        let page = try await read {
            try $0.incidentKeys(openOnly: openOnly, cause: cause, after: after, limit: limit)
        }
        return Page(count: page.keys.count, next: page.next) { places, bytes in
            let stored = try await self.read {
                try $0.incidents(Array(page.keys[places]), openOnly: openOnly, within: bytes)
            }
            return Page.Rows(stored.rows.map { IncidentRecord($0) }, taken: stored.taken)
        }
    }

    package func sitemaps(openOnly: Bool, after: String?, limit: Int) async throws -> Page<SitemapRecord> {
        let first = try Self.cursor(after) ?? 0
        let page = try await read { try $0.sitemapJobKeys(openOnly: openOnly, after: first, limit: limit) }
        return Page(count: page.keys.count, next: page.next.map { String($0) }) { places, bytes in
            let (stored, waiting) = try await self.read { store in
                let stored = try store.sitemapJobs(Array(page.keys[places]), openOnly: openOnly, within: bytes)
                return (stored, try store.nextSitemaps(of: stored.rows))
            }
            let view = await self.view(waiting.values.map(\.id))
            let rows = stored.rows.map { row in
                var record = SitemapRecord(row)
                if let document = waiting[row.id] { record.wait(for: document, view) }
                return record
            }
            return Page.Rows(rows, taken: stored.taken)
        }
    }

    package func alerts(openOnly: Bool, after: String?, limit: Int) async throws -> Page<AlertRecord> {
        let first = try Self.cursor(after) ?? 0
        let page = try await read { try $0.alertKeys(openOnly: openOnly, after: first, limit: limit) }
        return Page(count: page.keys.count, next: page.next.map { String($0) }) { places, bytes in
            let stored = try await self.read { try $0.alerts(Array(page.keys[places]), within: bytes) }
            return Page.Rows(stored.rows.map { AlertRecord($0) }, taken: stored.taken)
        }
    }

    package func status() async throws -> StatusReport {
        let now = clock.now()
        let ids = await withCheckedContinuation { continuation in
            loop.inFlight(after: .min, limit: .max) { continuation.resume(returning: $0) }
        }
        let rules = await view([]).health
        let figures = try await read { try $0.figures(now: now, inFlight: ids, rules: rules) }
        let (stats, ledger, inFlight) = (figures.stats, figures.ledger, figures.inFlight)
        let snapshot = await snapshot()
        var report = StatusReport(
            version: facts.version, uptimeSeconds: (clock.now() - facts.startedAt).ms / 1000,
            paused: snapshot.isPaused)
        let shown = stats.shown(without: inFlight)
        for state in CrawlCore.URLState.allCases { report.urls[state.name] = shown[state] ?? 0 }
        report.urls["in-flight"] = inFlight.values.reduce(0, +)
        report.inFlight = snapshot.inFlight
        report.tell(due: figures.due, snapshot, held: stats.heldOrigins)
        report.budget.spentTotal = ledger.spent
        report.budget.wastedTotal = ledger.wasted
        report.budget.savedTotal = ledger.saved
        report.budget.spent = snapshot.spentToday
        report.budget.perDay = snapshot.budget.requestsPerDay
        report.budget.perOriginPerDay = snapshot.budget.requestsPerOriginPerDay
        for outcome in Outcome.allCases where snapshot.outcomes[Int(outcome.rawValue)] > 0 {
            report.fetches[outcome.name] = snapshot.outcomes[Int(outcome.rawValue)]
        }
        report.incidentsOpen = stats.openIncidents
        report.nextLook = figures.nextLook.map { NextLookRecord($0, now: now) }
        report.alertsPending = stats.pendingDeliveries
        report.alertsGivenUp = stats.givenUpDeliveries
        report.sitemapsOpen = stats.openSitemaps
        report.results = try await read { try $0.resultStats() }.map { ResultsReport($0) }
        report.walBytes = stats.walBytes
        report.databaseBytes = stats.databaseBytes
        report.workers = facts.workers
        let workers = workers()
        report.workerLongestCallMs = workers.longestCallMs
        report.workersStuck = workers.late
        report.guards = GuardsRecord(snapshot.guards)
        if let names = snapshot.names { report.dns = DNSRecord(names, await resolverFigures()) }
        report.suspects = snapshot.suspects
        report.suspectsPutBack = snapshot.suspectsPutBack
        report.originsApart = snapshot.originsApart
        report.localLimit = snapshot.localPause.map {
            LocalLimitRecord(since: $0.since.text, error: LocalFault.name(of: $0.errno), until: $0.until?.text)
        }
        report.storageError = snapshot.storageError ?? store.fault?.description
        report.storageFullSince = snapshot.storageFullSince?.text
        return report
    }

    package func health() async -> HealthAnswer {
        let late = workers().late.map { "worker \($0) has not come back for 5 s and more" }
        let storage = await snapshot().storageError ?? store.fault?.description
        return HealthAnswer(reasons: [storage.map { "storage: \($0)" }].compactMap(\.self) + late)
    }

    /// nil = libcurl looks names up.
    private func resolverFigures() async -> ResolverFigures? {
        guard let resolver else { return nil }
        return await withCheckedContinuation { continuation in
            resolver.figures { continuation.resume(returning: $0) }
        }
    }

    private func snapshot() async -> CrawlLoop.Snapshot {
        await withCheckedContinuation { continuation in loop.snapshot { continuation.resume(returning: $0) } }
    }

    func records(_ stored: [StoredURL]) async -> [URLRecord] {
        let view = await view(stored.map(\.id))
        let recrawl = await snapshot().defaultRecrawl
        return stored.map { URLRecord($0, view: view, defaultRecrawl: recrawl) }
    }

    /// `origin`: its key, to tell of its name; "" = of none.
    private func view(_ ids: [Int64], origin: String = "") async -> CrawlLoop.View {
        await withCheckedContinuation { continuation in
            loop.view(of: ids, key: Array(origin.utf8)) { continuation.resume(returning: $0) }
        }
    }

    func read<T: Sendable>(_ work: @escaping @Sendable (FrontierStore) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { [store] continuation in
            readLane.async { continuation.resume(with: Result { try work(store) }.mapError(Self.refusal)) }
        }
    }

    /// The store's faults as answers.
    private static func refusal(_ error: any Error) -> any Error {
        if let fault = error as? RowFault {
            return ControlError(status: 503, code: ProblemCode.storageFailed, detail: fault.description)
        }
        guard let error = error as? FrontierError else { return error }
        return switch error {
        case .full: ControlError.storageFull(error.description)
        case .replaced:
            ControlError(
                status: 503, code: ProblemCode.databaseReplaced, detail: error.description,
                hint: "hand it over again when crawld has been started with the database in its place")
        case .io, .unusable:
            ControlError(
                status: 503, code: ProblemCode.storageFailed, detail: error.description, retryAfter: .seconds(10))
        }
    }
}

/// A batch that was committed in part.
package struct EnqueueInterrupted: Error {
    package var committed: EnqueueReceipt
    package var cause: any Error
}
