import ControlAPI
import Dispatch
import Glibc
import Logging
import Synchronization

/// Where all loggers of the process write. A statement costs its caller one lock and no system call: a queue of its own
/// formats and writes. When the reader of the log is slower than the daemon the oldest waiting records are dropped, and
/// a line says how many.
package final class LogSink: Sendable {
    private struct Waiting {
        /// A ring: `count` records from `first` on.
        var ring: [LogRecord?]
        var first = 0
        var count = 0
        var dropped = 0
        var draining = false

        mutating func append(_ record: LogRecord) {
            if count == ring.count {
                first = (first + 1) % ring.count
                count -= 1
                dropped += 1
            }
            ring[(first + count) % ring.count] = record
            count += 1
        }

        mutating func takeAll() -> [LogRecord] {
            defer { (first, count, dropped) = (0, 0, 0) }
            return (0..<count).compactMap { offset in
                let index = (first + offset) % ring.count
                defer { ring[index] = nil }
                return ring[index]
            }
        }
    }

    private let waiting: Mutex<Waiting>
    private let level: Atomic<Int>
    private let queue = DispatchQueue(label: "crawld.service.log", qos: .utility)
    private let now: @Sendable () -> Int64
    private let write: @Sendable ([LogRecord]) -> Void

    /// `capacity`: records that may wait. `now`: wall clock, ms. `write` runs on the sink's queue.
    init(
        level: Logger.Level, capacity: Int = 8192, now: @escaping @Sendable () -> Int64 = SystemClock.wallTime,
        write: @escaping @Sendable ([LogRecord]) -> Void
    ) {
        waiting = Mutex(Waiting(ring: Array(repeating: nil, count: max(1, capacity))))
        self.level = Atomic(Self.rank(level))
        self.now = now
        self.write = write
    }

    /// The least severe level that is taken; may change at a reload.
    package func setLevel(_ level: LogConfig.Level) {
        self.level.store(Self.rank(level.loggerLevel), ordering: .relaxed)
    }

    var logLevel: Logger.Level {
        let all = Logger.Level.allCases
        let rank = level.load(ordering: .relaxed)
        return all.indices.contains(rank) ? all[rank] : .info
    }

    func log(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) {
        let record = LogRecord(ms: now(), level: level, message: message, metadata: metadata)
        let wake = waiting.withLock { waiting in
            waiting.append(record)
            defer { waiting.draining = true }
            return !waiting.draining
        }
        if wake { queue.async { self.drain() } }
    }

    /// Returns when everything logged before is written, or after `timeout`: a reader that hangs must not keep the
    /// process alive. For the end of the process.
    package func flush(timeout: Duration = .seconds(2)) {
        let done = DispatchSemaphore(value: 0)
        queue.async {
            self.drain()
            done.signal()
        }
        let (seconds, attoseconds) = timeout.components
        _ = done.wait(timeout: .now() + Double(seconds) + Double(attoseconds) * 1e-18)
    }

    /// Writes a record that must not be dropped behind all that waits, then calls `written`, on the sink's queue.
    /// For the few lines that the outbox answers for.
    func logSurely(
        _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata, written: @escaping @Sendable () -> Void
    ) {
        let record = LogRecord(ms: now(), level: level, message: message, metadata: metadata)
        queue.async {
            self.drain()
            self.write([record])
            written()
        }
    }

    private func drain() {
        while true {
            let (records, dropped) = waiting.withLock { waiting in
                let dropped = waiting.dropped
                let records = waiting.takeAll()
                if records.isEmpty { waiting.draining = false }
                return (records, dropped)
            }
            guard !records.isEmpty else { return }
            if dropped > 0 {
                let notice = LogRecord(
                    ms: now(), level: .warning, message: "log records dropped",
                    metadata: ["count": .stringConvertible(dropped)])
                write([notice])
            }
            write(records)
        }
    }

    private static func rank(_ level: Logger.Level) -> Int {
        Logger.Level.allCases.firstIndex(of: level) ?? 0
    }
}
