import GRDB
import GRDBSQLite
import Synchronization

/// Folds the write-ahead log into the database beside the writer, on a connection of its own. SQLite's own way is to do it
/// within the commit that fills the log: of a crawl beside a bulk enqueue one commit in some dozens then takes a quarter of a
/// second longer, and an operator's act behind it waits as long.
///
/// A fold that others write beside leaves what they wrote meanwhile, does not sync the database, and the log begins anew only
/// where nothing is left (`walCheckpoint` in SQLite's wal.c). So the fold goes over the log again until little is left and
/// syncs the database itself, and the writer's next commit does that little.
///
/// What fails is left for the next commit, as SQLite leaves it: the log is whole, and the next start reads it.
final class LogFold: Sendable {
    struct Limits: Sendable {
        /// A log of so many pages is folded, 64 MB: a page that many commits change goes into the database once.
        var pages = 16_000
        /// So few are left to the writer.
        var rest = 500
        /// The fold does not keep up: a commit that makes the log so long, 256 MB, waits for it.
        var most = 64_000
    }

    private enum State {
        case quiet
        case underWay
        /// What is left is the writer's.
        case nearlyDone
    }

    /// What a commit has to do about the log.
    private enum Duty {
        case none
        case begin
        case finish
        case wait
    }

    /// Each has less left to do than the one before it, unless the disk is slower than the writer.
    private static let passes = 4

    let queue: DatabaseQueue
    private let limits: Limits
    private let state = Mutex(State.quiet)

    /// - Parameter queue: a connection that nothing else uses.
    init(_ queue: DatabaseQueue, _ limits: Limits) {
        self.queue = queue
        self.limits = limits
    }

    /// Once, on the connection that writes, in place of SQLite's `wal_autocheckpoint`. The fold has to live as long as it.
    func watch(_ db: Database) {
        sqlite3_wal_hook(
            db.sqliteConnection,
            { fold, writer, _, pages in
                guard let fold, let writer else { return SQLITE_OK }
                Unmanaged<LogFold>.fromOpaque(fold).takeUnretainedValue().grew(to: Int(pages), writer)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Until no fold is under way. On the writer's queue none begins meanwhile.
    func wait() { queue.inDatabase { _ in } }

    /// After a commit, on the writer's connection.
    private func grew(to pages: Int, _ writer: OpaquePointer) {
        switch duty(pages) {
        case .none: break
        case .begin: queue.asyncWriteWithoutTransaction { [self] in run($0) }
        case .finish: _ = Self.fold(writer)
        case .wait:
            wait()
            state.withLock { $0 = .quiet }
            _ = Self.fold(writer)
        }
    }

    private func duty(_ pages: Int) -> Duty {
        state.withLock { state in
            if pages >= limits.most { return .wait }
            switch state {
            case .underWay: return .none
            case .nearlyDone:
                state = .quiet
                // A short one has begun anew already.
                return pages >= limits.pages ? .finish : .none
            case .quiet where pages >= limits.pages:
                state = .underWay
                return .begin
            case .quiet: return .none
            }
        }
    }

    private func run(_ db: Database) {
        let isNearlyDone = isNearlyDone(db.sqliteConnection)
        state.withLock { $0 = isNearlyDone ? .nearlyDone : .quiet }
    }

    /// Folds until little is left. False if much is: it did not work, somebody reads what the log was before, or the writer
    /// writes faster; the next commit begins anew.
    private func isNearlyDone(_ connection: OpaquePointer?) -> Bool {
        var before: Int32 = 0
        for _ in 0..<Self.passes {
            guard let now = Self.fold(connection), now.folded == now.log else { return false }
            if now.folded - before < limits.rest { return Self.sync(connection) }
            before = now.folded
        }
        return false
    }

    /// Pages of the log as it was when this began, and how many of them are in the database; nil = it did not work, or another
    /// connection is at it.
    private static func fold(_ connection: OpaquePointer?) -> (log: Int32, folded: Int32)? {
        guard let connection else { return nil }
        var log: Int32 = 0
        var folded: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_PASSIVE, &log, &folded)
        return code == SQLITE_OK ? (log, folded) : nil
    }

    /// Through SQLite's own descriptor: closing one of ours would give back its locks.
    private static func sync(_ connection: OpaquePointer?) -> Bool {
        var file: UnsafeMutablePointer<sqlite3_file>?
        guard sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK, let file,
            let sync = file.pointee.pMethods?.pointee.xSync
        else { return false }
        return sync(file, SQLITE_SYNC_NORMAL) == SQLITE_OK
    }
}
