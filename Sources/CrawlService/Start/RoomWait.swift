import CrawlCore
import Logging
import ServiceLifecycle
import Synchronization

/// The daemon on a disk that has no room for it to start: it answers what can be answered without the frontier, and goes
/// on as soon as that can be opened.
///
///     ControlServer ─► RoomlessControl          RoomWatch ─ every 5 s ─► StateOpening
struct RoomWait {
    let opening: StateOpening
    let control: RoomlessControl
    let clock: any Clock
    let notify: SystemdNotify
    let logger: Logger

    /// nil = it was told to stop first. `socket` stays open: who connects meanwhile waits for whoever serves it next.
    func run(
        _ socket: ControlSocket, reload: ReloadOnHangup, stops: StopSignals
    ) async throws(ServiceFailure) -> OpenedState? {
        let found = Mutex<Result<OpenedState?, ServiceFailure>?>(nil)
        let watch = Watch(clock: clock, attempt: opening) { result in found.withLock { $0 = result } }
        let since = control.since.text
        let shared: ControlSocket
        do {
            shared = try socket.shared()
        } catch {
            throw ServiceFailure(socket: error)
        }
        let server = ControlServer(
            control: control, socket: shared, canonicalize: Canonicalizer.canonicalize, clock: clock, logger: logger,
            onRunning: { [logger, notify] in
                logger.error(
                    "storage-full: the disk has no room to start on; crawld answers, and starts when there is room",
                    metadata: ["error": "\(control.reason)", "tried_every_s": "5"])
                notify.tell(.status("the disk is full since \(since): waiting for room"))
                notify.tell(.ready)
            })
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: watch, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: server), .init(service: reload),
                ],
                logger: Logger(label: "crawld.lifecycle") { _ in SwiftLogNoOpLogHandler() }))
        await stops.attach(services)
        do {
            try await services.run()
        } catch {
            throw error as? ServiceFailure ?? ServiceFailure(.io, "\(error)")
        }
        switch found.withLock({ $0 }) {
        case .success(let state?):
            logger.notice("the disk has room again: the frontier is open")
            return state
        case .failure(let failure): throw failure
        case .success(nil), nil: return nil
        }
    }

    /// The attempts as a part of the service group: it ends the group.
    private struct Watch: ServiceLifecycle.Service {
        let clock: any Clock
        let attempt: StateOpening
        let found: @Sendable (Result<OpenedState?, ServiceFailure>) -> Void

        init(
            clock: any Clock, attempt: StateOpening,
            found: @escaping @Sendable (Result<OpenedState?, ServiceFailure>) -> Void
        ) {
            self.clock = clock
            self.attempt = attempt
            self.found = found
        }

        func run() async throws {
            let (results, ending) = AsyncStream.makeStream(of: Void.self)
            let watch = RoomWatch(clock: clock, attempt: { [attempt] () throws(ServiceFailure) in try attempt.open() })
            {
                found($0)
                ending.finish()
            }
            watch.start()
            await withGracefulShutdownHandler {
                for await _ in results {}
            } onGracefulShutdown: {
                watch.stop()
            }
        }
    }
}
