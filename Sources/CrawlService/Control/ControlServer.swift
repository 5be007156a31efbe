package import CrawlCore
import Glibc
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The control socket's server: runs until the service group stops it, then lets requests finish for
/// `limits.stopGrace`, and removes the socket that we made.
package struct ControlServer: ServiceLifecycle.Service {
    private let control: any CrawlControl
    private let socket: ControlSocket
    private let canonicalize: Canonicalize
    private let limits: ControlLimits
    private let jsonRoom: ByteRoom
    private let answerRoom: ByteRoom
    private let logger: Logger
    private let onRunning: @Sendable () -> Void

    /// - Parameters:
    ///   - socket: `run` takes its descriptor over and closes it.
    ///   - canonicalize: for URLs that are not canonical as they stand; called from any thread.
    ///   - jsonRoom: what JSON bodies share; a test passes one with another clock. nil = as `limits` say.
    ///   - answerRoom: what answers share; as `jsonRoom`.
    ///   - onRunning: called once connections are accepted.
    package init(
        control: any CrawlControl, socket: ControlSocket, canonicalize: @escaping Canonicalize,
        limits: ControlLimits = ControlLimits(), clock: any CrawlCore.Clock = SystemClock(), jsonRoom: ByteRoom? = nil,
        answerRoom: ByteRoom? = nil, logger: Logger,
        onRunning: @escaping @Sendable () -> Void = {}
    ) {
        self.control = control
        self.socket = socket
        self.canonicalize = canonicalize
        self.limits = limits
        self.jsonRoom =
            jsonRoom ?? ByteRoom(bytes: limits.jsonBodies, patience: limits.jsonPatience, clock: clock)
        self.answerRoom =
            answerRoom
            ?? ByteRoom(bytes: limits.answers, patience: limits.answerPatience, clock: clock, refusal: .unread())
        self.logger = logger
        self.onRunning = onRunning
    }

    /// Call once. Returns after the last connection has ended.
    package func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let result: Result<Void, any Error>
        do {
            result = .success(try await serve(group))
        } catch {
            socket.unlink()
            result = .failure(error)
        }
        try await group.shutdownGracefully()
        try result.get()
    }

    private func serve(_ group: MultiThreadedEventLoopGroup) async throws {
        let seats = FollowSeats(limit: limits.followers)
        let table = ConnectionTable(limit: limits.connections, kept: limits.keptForWriters) { seats.leave($0) }
        let channel = makeChannel(table, seats)
        let arrivals = Arrivals()
        let server = try await ServerBootstrap(group: group)
            .serverChannelInitializer { [logger] server in
                server.eventLoop.makeCompletedFuture {
                    try server.pipeline.syncOperations.addHandler(AcceptErrors(logger: logger))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [logger] child in
                channel.setup(channel: child, logger: logger).flatMapThrowing { try arrivals.add($0) }
            }
            .withBoundSocket(socket.descriptor).get()
        server.closeFuture.whenComplete { _ in arrivals.end() }
        onRunning()
        await withTaskCancellationOrGracefulShutdownHandler {
            await serve(arrivals, channel)
        } onCancelOrGracefulShutdown: {
            seats.end()
            stop(server, table)
        }
    }

    private func makeChannel(_ table: ConnectionTable, _ seats: FollowSeats) -> ControlChannel {
        let role = ControlRole(daemonUID: geteuid(), socketGroup: socket.group)
        let routes = ControlRoutes(
            verbs: ControlVerbs(
                control: control, canonicalize: canonicalize, limits: limits, jsonRoom: jsonRoom,
                answerRoom: answerRoom, growth: BatchGrowth(uploads: limits.growingUploads), seats: seats,
                logger: logger),
            role: role, logger: logger)
        return ControlChannel(limits: limits, table: table, role: role) { request, writer, channel in
            let response = await routes.respond(to: request, channel: channel)
            try await writer.write(response: response.head, body: response.body)
        }
    }

    /// Until nothing is accepted any more and the last connection has ended.
    private func serve(_ arrivals: Arrivals, _ channel: ControlChannel) async {
        await withDiscardingTaskGroup { tasks in
            defer { socket.unlink() }
            for await connection in arrivals.connections {
                tasks.addTask { [logger] in await channel.handle(value: connection, logger: logger) }
            }
        }
    }

    /// The path goes first: a new instance may take it while the last requests are answered.
    private func stop(_ server: any Channel, _ table: ConnectionTable) {
        socket.unlink()
        // Not before: one more may be accepted until then.
        server.closeFuture.whenComplete { _ in table.quiesce() }
        server.close(promise: nil)
        let grace = TimeAmount(limits.stopGrace)
        server.eventLoop.scheduleTask(in: grace) { table.closeAll() }
    }
}

/// Keeps a failed accept (no descriptor left, a client gone already) from ending the server.
private final class AcceptErrors: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.warning("accepting a control connection failed", metadata: ["error": "\(error)"])
    }
}
