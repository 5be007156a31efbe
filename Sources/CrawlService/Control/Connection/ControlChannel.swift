import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// A connection: Hummingbird's HTTP/1.1 between our guard and our tracker.
struct ControlChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    private let limits: ControlLimits
    private let table: ConnectionTable
    private let http: HTTP1Channel

    init(limits: ControlLimits, table: ConnectionTable, responder: @escaping HTTPChannelHandler.Responder) {
        self.limits = limits
        self.table = table
        http = HTTP1Channel(
            responder: responder,
            configuration: HTTP1Channel.Configuration(
                idleTimeout: nil,
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: limits.head, maxHeaderListSize: limits.head, maxHeaderFieldCount: 256)))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let place = table.add(channel)
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
