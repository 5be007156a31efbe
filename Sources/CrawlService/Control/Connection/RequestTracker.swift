import ControlAPI
import NIOCore
import NIOHTTP1

/// Between HTTP and its meaning: tells the guard where requests begin and end, asks for bodies that wait to be asked
/// for, ends connections whose answer says so, and answers what is no request.
final class RequestTracker: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: ControlLimits
    private let connection: ConnectionGuard
    private var discarded = 0
    private var closesAfterAnswer = false

    init(limits: ControlLimits, connection: ConnectionGuard) {
        self.limits = limits
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            discarded = 0
            connection.headRead()
            if connection.hasOneRequest, head.headers[canonicalForm: "expect"].contains("100-continue") {
                let go = HTTPResponseHead(version: .http1_1, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(go)), promise: nil)
            }
        case .body(let buffer):
            if connection.isDiscarding {
                discarded += buffer.readableBytes
                if discarded > limits.discard { return connection.linger() }
            }
        case .end:
            connection.bodyRead()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.headers[canonicalForm: "connection"].contains("close") { closesAfterAnswer = true }
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            context.write(data, promise: promise)
            connection.answered()
            if closesAfterAnswer {
                context.flush()
                connection.linger()
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard connection.isBetweenRequests, let error = error as? HTTPParserError else {
            return context.fireErrorCaught(error)
        }
        if case .headerOverflow = error {
            connection.refuse(RawAnswer.headTooLarge(limits.head))
        } else {
            connection.refuse(RawAnswer.badRequest)
        }
    }
}
