package import CrawlCore
import Dispatch
import GRDB
import Synchronization

/// The SQLite frontier. One connection writes; two others read, one for the crawl loop and one for everybody else, so that
/// neither waits for a commit; a fourth folds the log into the database, so that no commit waits for that. Every method
/// blocks its caller: call it from a lane of its own.
package final class FrontierStore: Frontier {
    package struct Options: Sendable {
        /// Who gets an alert: `log`, `exec`, `webhook`. A sink added later gets no old messages.
        package var sinks: [String] = ["log"]
        /// A `resolved` alert waits this long for a relapse.
        package var resolveHold: Duration = .seconds(30 * 60)
        /// Messages and closed incidents go when they are older; nil = never.
        package var keepAlerts: Duration? = .seconds(90 * 86_400)
        /// What is kept of the result feed; nil = there is none.
        package var results: ResultLimits?
        /// Rows changed in one transaction by a mass removal or revival.
        package var chunk = 10_000
        /// What refuses URLs.
        package var policy = RefusalPolicy()
        /// Told once of damage, and once of a file that was replaced, whoever met it; on the thread that met it, which has a
        /// connection: nothing may be asked of the store there.
        package var onFault: @Sendable (FrontierError) -> Void = { _ in }
        /// Told while a frontier of an earlier version is brought up to date, now and then and when that is done; on the
        /// thread that opens it.
        package var onFill: @Sendable (FrontierFill) -> Void = { _ in }
        /// What a new frontier's hash key is drawn from; a simulation passes a seeded one.
        package var random: @Sendable () -> any RandomNumberGenerator = { SystemRandomNumberGenerator() }
        /// Told before a database of an earlier format is brought up to date, which may take minutes; while it is opened.
        package var onMigration: @Sendable () -> Void = {}
        /// When the log is folded into the database.
        var folds = LogFold.Limits()

        package init() {}
    }

    package let path: String
    let options: Options
    let writer: DatabaseQueue
    let leaseReader: DatabaseQueue
    let reader: DatabaseQueue
    let fold: LogFold
    let pathHash: PathHash
    /// New rows get it; a removal or revival raises it. Read and written inside write transactions only.
    let generation: Mutex<Int64>
    /// What refuses URLs now; changed by `adopt`.
    let policy: Mutex<RefusalPolicy>
    /// Read and written inside write transactions only.
    let forgetting = Mutex(Forgetting())
    /// Of `openArchive`; nil = no archive is written.
    let archive = Mutex<Int64?>(nil)
    /// What the transaction under way changes of what is due.
    let dues = DueChanges()
    private let files: FrontierFiles
    private let faults = Mutex(Faults())

    private struct Faults {
        var damage: FrontierError?
        var replaced: FrontierError?
    }

    /// Opens the frontier at `path`, or creates it.
    package init(path: String, options: Options = Options()) throws {
        self.path = path
        self.options = options
        policy = Mutex(options.policy)
        do {
            try FrontierFile.prepare(path, random: options.random())
            writer = try DatabaseQueue(path: path, configuration: Self.configuration(label: "crawld.frontier.writer"))
            try writer.inDatabase { [dues] db in
                // Opening in WAL mode sets NORMAL, which a power failure may take acknowledged commits from.
                try db.execute(sql: "PRAGMA synchronous = FULL")
                if try Schema.isBehind(db) { options.onMigration() }
                try Schema.migrate(db)
                try DueFill(db: db).run(options.onFill)
                if options.results != nil {
                    var random = options.random()
                    try ResultFeed(db: db).prepare(&random)
                }
                try dues.watch(db)
            }
            var readOnly = Self.configuration(label: "crawld.frontier.lease")
            readOnly.readonly = true
            leaseReader = try DatabaseQueue(path: path, configuration: readOnly)
            readOnly.label = "crawld.frontier.reader"
            reader = try DatabaseQueue(path: path, configuration: readOnly)
            let facts = try writer.inDatabase { db in
                try ["hash_key_0", "hash_key_1", "generation"].map { try Fact.int(db, $0) }
            }
            guard let k0 = facts[0], let k1 = facts[1] else {
                throw FrontierError.unusable(path: path, reason: "is damaged: its hash key is missing")
            }
            pathHash = PathHash(k0: UInt64(bitPattern: k0), k1: UInt64(bitPattern: k1))
            generation = Mutex(facts[2] ?? 0)
            fold = LogFold(
                try DatabaseQueue(path: path, configuration: Self.configuration(label: "crawld.frontier.fold")),
                options.folds)
            writer.inDatabase { [fold] db in fold.watch(db) }
            files = try writer.inDatabase { [path] db in try FrontierFiles(of: db, path: path) }
            OpenedFiles(database: path).note(mode: StateFileMode.of(fileAt: path))
        } catch {
            throw Self.translated(error, path: path)
        }
    }

    /// For an end of the process that leaves no time for `deinit`. Nothing may use the store afterwards.
    package func close() {
        guard mayClose() else { return }
        for queue in [reader, leaseReader, writer, fold.queue] { try? queue.close() }
    }

    /// For an end of the process that may leave no time for `deinit`, while others may still read: if the database is in its
    /// place and its log is not, what the log has is written into it. Else nothing is done.
    package func saveLog() { _ = mayClose() }

    deinit {
        // Never closed, a connection leaves everything as it is: the process ends soon.
        guard !mayClose() else { return }
        for queue in [writer, leaseReader, reader, fold.queue] { _ = Unmanaged.passRetained(queue) }
    }

    /// Whether the connections may be closed. If they may not, but the database is ours, what is acknowledged and stands in
    /// its log only, which the next start will not find, is in the database afterwards.
    private func mayClose() -> Bool {
        // Its last round would end behind us, and close its connection then.
        fold.wait()
        let ending = writer.inDatabase { files.ending($0) }
        guard ending == .fold else { return ending == .close }
        // What is being read keeps the rest of the log out of the database.
        for queue in [reader, leaseReader] { queue.inDatabase { _ in } }
        writer.inDatabase { db in _ = try? db.checkpoint(.passive) }
        return false
    }

    /// Of every connection. A class above the default, which is GRDB's own, asks the kernel for a priority that only root
    /// may have.
    static func modest() -> Configuration {
        var configuration = Configuration()
        configuration.qos = .default
        return configuration
    }

    private static func configuration(label: String) -> Configuration {
        var configuration = modest()
        configuration.label = label
        configuration.foreignKeysEnabled = false
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
            if db.configuration.readonly {
                try db.execute(sql: "PRAGMA cache_size = -2048")
            } else {
                try db.execute(sql: "PRAGMA cache_size = -16384")
                // While it is opened; then `LogFold` does it.
                try db.execute(sql: "PRAGMA wal_autocheckpoint = \(LogFold.Limits().pages)")
                // Shorter, and it would be cut and grow again with each fold.
                try db.execute(sql: "PRAGMA journal_size_limit = 100663296")
            }
        }
        return configuration
    }

    // MARK: Transactions

    /// One `BEGIN IMMEDIATE … COMMIT`, and a look whether it went into the files that the next start will open. Throws
    /// `FrontierError.replaced` if not, and from then on always.
    func write<T>(_ work: (Database) throws -> T) throws -> T {
        do {
            return try writer.writeWithoutTransaction { db in
                if let replaced = faults.withLock({ $0.replaced }) { throw replaced }
                // Where we may not look at the files nothing is written: after the commit it would be too late to say no.
                try files.check(db)
                var result: T?
                try db.inTransaction(.immediate) {
                    dues.begin()
                    result = try work(db)
                    try dues.save(db)
                    return .commit
                }
                guard let result else { throw FrontierError.io(path: path, reason: "a transaction gave no result") }
                try files.check(db)
                return result
            }
        } catch {
            throw noted(error)
        }
    }

    /// Folds the log into the database and shortens it, if both are still those that were opened.
    func checkpoint() throws {
        do {
            try writer.writeWithoutTransaction { db in
                if let replaced = faults.withLock({ $0.replaced }) { throw replaced }
                try files.check(db)
                fold.wait()  // SQLite refuses a second one at once
                _ = try db.checkpoint(.truncate)
            }
        } catch {
            throw noted(error)
        }
    }

    /// That a file was replaced, or else the first damage that was met, by whichever read or write; nil = neither. It
    /// stays: a read that goes well says nothing of the page that did not.
    package var fault: FrontierError? { faults.withLock { $0.replaced ?? $0.damage } }

    /// Translated; what lasts is remembered, and told when it is new.
    private func noted(_ error: any Error) -> any Error {
        let error = Self.translated(error, path: path)
        guard let fault = error as? FrontierError else { return error }
        let isNew = faults.withLock { faults in
            switch fault {
            case .unusable where faults.damage == nil: faults.damage = fault
            case .replaced where faults.replaced == nil: faults.replaced = fault
            default: return false
            }
            return true
        }
        if isNew { options.onFault(fault) }
        return error
    }

    /// All statements of one read see the frontier as it was at the first of them, whatever is committed meanwhile. Nor
    /// does each of them take and give back a lock of its own.
    func read<T>(_ queue: DatabaseQueue, _ work: (Database) throws -> T) throws -> T {
        do {
            return try queue.unsafeRead { db in
                try RawStatement(db, "BEGIN").run()
                do {
                    let value = try work(db)
                    if db.isInsideTransaction { try RawStatement(db, "COMMIT").run() }
                    return value
                } catch {
                    // A statement that was left half-way would keep the state of now for the reads that follow.
                    RawStatement.resetAll(db)
                    // What failed is told, not what is missing after it: SQLITE_IOERR, NOMEM and FULL have ended the
                    // transaction themselves.
                    if db.isInsideTransaction { _ = try? RawStatement(db, "ROLLBACK").run() }
                    throw error
                }
            }
        } catch {
            throw noted(error)
        }
    }

    /// SQLite's codes as what the daemon has to do about them.
    static func translated(_ error: any Error, path: String) -> any Error {
        guard let error = error as? DatabaseError else {
            if error is DecodingError || error is EncodingError { return RowFault(reason: "\(error)") }
            return error is FrontierError ? error : FrontierError.io(path: path, reason: "\(error)")
        }
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return FrontierError.unusable(path: path, reason: "is damaged: \(error.message ?? "corrupt")")
        // The file ends before the page does.
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHORT_READ:
            return FrontierError.unusable(path: path, reason: "is damaged: \(error.message ?? "it was cut")")
        case .SQLITE_FULL: return FrontierError.full(path: path)
        case .SQLITE_IOERR where DiskRoom.isLacking(beside: path),
            .SQLITE_CANTOPEN where DiskRoom.isLacking(beside: path):
            return FrontierError.full(path: path)
        case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG, .SQLITE_RANGE:
            return RowFault(reason: "\(path): \(error.message ?? "a row that does not fit")")
        default:
            return FrontierError.io(path: path, reason: error.message ?? "SQLite error \(error.resultCode.rawValue)")
        }
    }

    // MARK: Start and stop

    package func opening(now: Instant) throws -> FrontierOpening {
        try write { db in
            var opening = FrontierOpening()
            opening.wasUnclean = try Fact.int(db, "in_use") == 1
            opening.lastRequestAt = try Fact.int(db, "last_request_at").map(Instant.init(ms:))
            opening.isPaused = try Fact.int(db, "paused") == 1
            opening.timeline = Int(try Fact.count(db, "timeline"))
            let origins = try RawStatement(db, "SELECT id FROM origin WHERE has_work")
            while try origins.step() { opening.origins.append(origins.int(0)) }
            opening.blocks = try BlockTable.load(db, now: now)
            opening.spent = try SpentTable.load(db)
            opening.rotations = try RotationTable.load(db)
            try RefusalTable(db: db).noteChange(to: policy.withLock { $0 })
            opening.isBehind = try isBehind(db)
            opening.sitemaps = try SitemapStore(db: db, now: now).waiting()
            opening.guards = try GuardTables(db: db).load(now: now)
            opening.suspects = try SuspectTable(db: db).opening(now: now)
            try BreakerTable(db: db).forgetVersions()
            try Fact.set(db, "in_use", 1)
            return opening
        }
    }

    /// Commits a change of nothing: whether the disk takes a commit.
    package func tryCommit() throws {
        try write { db in try Fact.set(db, "in_use", try Fact.int(db, "in_use") ?? 0) }
    }

    package func closeCleanly(lastRequestAt: Instant?) throws {
        try write { db in
            try Fact.set(db, "in_use", 0)
            if let lastRequestAt { try Fact.set(db, "last_request_at", lastRequestAt.ms) }
        }
        try checkpoint()
    }

    package func setPaused(_ paused: Bool) throws {
        try write { db in try Fact.set(db, "paused", paused ? 1 : 0) }
    }

    package func advanceTimeline() throws -> Int {
        try write { db in
            let next = try Fact.count(db, "timeline") + 1
            try Fact.set(db, "timeline", next)
            return Int(next)
        }
    }
}

/// Rows of the `fact` table.
enum Fact {
    static func int(_ db: Database, _ name: String) throws -> Int64? {
        let statement = try RawStatement(db, "SELECT value FROM fact WHERE name = ?")
        statement.bind(name, at: 1)
        defer { statement.reset() }
        return try statement.step() ? statement.optionalInt(0) : nil
    }

    /// One that counts up; of an edited file it is kept small enough to count on.
    static func count(_ db: Database, _ name: String) throws -> Int64 { min(max(try int(db, name) ?? 0, 0), 1 << 40) }

    static func set(_ db: Database, _ name: String, _ value: Int64) throws {
        let statement = try RawStatement(db, "INSERT OR REPLACE INTO fact VALUES (?, ?)")
        statement.bind(name, at: 1)
        statement.bind(value, at: 2)
        try statement.run()
    }
}
