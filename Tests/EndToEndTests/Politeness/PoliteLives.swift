import CrawlTesting
import Glibc
import Testing

/// Daemons that run one after the other on the same folder.
final class PoliteLives {
    struct Life {
        /// Just before its process was made, in nanoseconds of CLOCK_MONOTONIC.
        var begunAt: Int64
        var isAfterKill: Bool
        /// Just before it was told to end; nil = it runs.
        var endedAt: Int64?
        var wasKilled = false
    }

    private let home: DaemonHome
    private(set) var lives: [Life] = []
    private var daemon: ChildProcess?

    init(_ home: DaemonHome) { self.home = home }

    var log: String { daemon?.output.text ?? "" }

    func begin() async throws {
        lives.append(Life(begunAt: MonotonicNow.nanoseconds, isAfterKill: lives.last?.wasKilled ?? false))
        daemon = try await home.startReady()
    }

    func kill() async { await end(SIGKILL, .killed(signal: SIGKILL)) }

    /// What is in flight is waited for.
    func stop() async { await end(SIGTERM, .exited(0)) }

    private func end(_ signal: Int32, _ ending: ProcessEnding) async {
        if let last = lives.indices.last {
            lives[last].endedAt = MonotonicNow.nanoseconds
            lives[last].wasKilled = signal == SIGKILL
        }
        daemon?.signal(signal)
        #expect(await daemon?.ended() == ending, "\(log)")
    }
}

enum MonotonicNow {
    static var nanoseconds: Int64 { read(CLOCK_MONOTONIC) }

    fileprivate static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Since 1970.
enum WallNow {
    static var nanoseconds: Int64 { MonotonicNow.read(CLOCK_REALTIME) }
}
