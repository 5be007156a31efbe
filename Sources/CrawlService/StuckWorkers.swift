import CrawlCore
import CrawlFetch
import CrawlFrontier
import Glibc
import Logging

/// What becomes of the daemon when a worker does not come back from libcurl: nothing can take it out of there, so that the
/// process ends, in order, and the next one knows whom to suspect.
///
///     the tickets into the file ─► its origins into the log ─► a stop that does not wait for it ─► store closed ─► _exit
///
/// If one of those hangs as well, `EndBackstop` ends it.
struct StuckWorkers: Sendable {
    private static let namedOrigins = 20

    let pool: WorkerPool
    let loop: CrawlLoop
    let store: FrontierStore
    let file: InFlightFile?
    let clock: any Clock
    /// Reads names from the frontier.
    let reports: any Lane
    let logs: LogSink
    let logger: Logger

    /// On the monitor's thread.
    func note(_ stuck: StuckWorker, _ fatal: FatalEnd) {
        EndBackstop.arm()
        let tickets = stuck.flights.map(\.ticket)
        file?.noteStall(of: tickets, at: clock.now())
        loop.leaveBehind(tickets)
        let origins = Set(stuck.flights.map(\.origin)).sorted()
        reports.async {
            let names = origins.prefix(Self.namedOrigins).map { origin in
                let robots = try? store.name(of: URLKey.robots(of: origin))
                return robots.flatMap(\.self).map { String($0.dropLast("/robots.txt".count)) } ?? "\(origin)"
            }
            var metadata: Logger.Metadata = [
                "worker": .stringConvertible(stuck.worker), "in_flight": .stringConvertible(tickets.count),
                "origins": "\(names.joined(separator: " "))",
            ]
            if origins.count > names.count {
                metadata["more_origins"] = .stringConvertible(origins.count - names.count)
            }
            logger.critical(
                "a worker does not come back from libcurl: the daemon ends, and asks what the worker had in flight alone if it happens again",
                metadata: metadata)
        }
        fatal.end(
            ServiceFailure(.bug, "worker \(stuck.worker) did not come back from libcurl; the log names its origins"))
    }

    /// Ends the process if a worker does not get on, whatever for. By `_exit`: what runs at an orderly exit would take
    /// libcurl's and OpenSSL's memory away from under its thread, or wait for it. All that has to last is in the store.
    func leaveIfAny(_ socket: ControlSocket, _ failure: ServiceFailure?) async {
        guard !(await pool.answers(within: .seconds(1))) else { return }
        await withCheckedContinuation { done in reports.async { done.resume() } }
        store.close()
        logger.notice("stopped without a worker that did not come back")
        socket.unlink()
        logs.flush()
        _exit(failure?.exitCode ?? 0)
    }
}
