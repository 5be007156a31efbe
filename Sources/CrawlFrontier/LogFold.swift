import GRDB
import GRDBSQLite
import Synchronization

/// Folds the write-ahead log into the database beside the writer, on a connection of its own. SQLite's own way is to do it
/// within the commit that fills the log: of a crawl beside a bulk enqueue one commit in some dozens then takes a quarter of a
/// second longer, and an operator's act behind it waits as long.
///
/// A fold that others write beside leaves what they wrote meanwhile, and the log begins anew only where nothing is left. So
/// the fold goes over the log again until little is, and the writer's next commit does that little itself.
///
/// What fails is left for the next commit, as SQLite leaves it: the log is whole, and the next start reads it.
final class LogFold: Sendable {
    struct Limits: Sendable {
        /// A log of so many pages is folded, 64 MB: a page that many commits change goes into the database once.
        var pages = 16_000
        /// So few are left to the writer.
        var rest = 500
        /// The fold does not keep up: the commit that made the log so long folds it, 256 MB.
        var most = 64_000
    }

    private enum State {
        case quiet
        case underWay
        /// What is left is the writer's.
        case nearlyDone
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

    /// After a commit, on the writer's connection.
    private func grew(to pages: Int, _ writer: OpaquePointer) {
        let (isOurs, begins) = state.withLock { state -> (Bool, Bool) in
            switch state {
            case .nearlyDone:
                state = .quiet
                return (true, false)
            case .quiet where pages >= limits.pages && pages < limits.most:
                state = .underWay
                return (false, true)
            case .quiet, .underWay: return (pages >= limits.most, false)
            }
        }
        if isOurs { _ = Self.fold(writer) }
        if begins { queue.asyncWriteWithoutTransaction { [self] in run($0) } }
    }

    private func run(_ db: Database) {
        var folded: Int32 = 0
        for _ in 0..<Self.passes {
            guard let now = Self.fold(db.sqliteConnection) else { return state.withLock { $0 = .quiet } }
            defer { folded = now }
            if now - folded < limits.rest { break }
        }
        state.withLock { $0 = .nearlyDone }
    }

    /// Pages of the log that are in the database now; nil = it did not work, or another connection is at it.
    private static func fold(_ connection: OpaquePointer?) -> Int32? {
        var folded: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, &folded)
        return code == SQLITE_OK ? folded : nil
    }
}
