import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// A connection: Hummingbird's HTTP/1.1 between our guard and our tracker.
struct ControlChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    private let limits: ControlLimits
    private let table: ConnectionTable
    private let role: ControlRole
    private let http: HTTP1Channel

    init(
        limits: ControlLimits, table: ConnectionTable, role: ControlRole,
        responder: @escaping HTTPChannelHandler.Responder
    ) {
        self.limits = limits
        self.table = table
        self.role = role
        http = HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
                idleTimeout: nil,
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: limits.head, maxHeaderListSize: limits.head, maxHeaderFieldCount: 256)))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let place = table.add(channel)
        guard place == .kept else { return setup(channel, place, logger) }
        let mayWrite = channel.eventLoop.makeFutureWithTask { [role] in
            await PeerIdentity.of(channel).map { role.mayWrite($0) } ?? false
        }
        return mayWrite.flatMap { setup(channel, $0 ? .served : .refused, logger) }
    }

    private func setup(
        _ channel: any Channel, _ place: ConnectionTable.Place, _ logger: Logger
    ) -> EventLoopFuture<Value> {
        if place == .dropped { channel.close(promise: nil) }
        do {
            let connection = ConnectionGuard(
                limits: limits, refusal: place == .served ? nil : RawAnswer.tooManyConnections)
            try channel.pipeline.syncOperations.addHandler(connection)
            let value = http.setup(channel: channel, logger: logger)
            let decoder = try channel.pipeline.syncOperations.handler(
                type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try channel.pipeline.syncOperations.addHandler(
                RequestTracker(limits: limits, connection: connection), position: .after(decoder))
            return value
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }
}
