internal import NIOCore

/// A connection that never gets as far as a request.
final class AcceptFaultHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let behaviour: AcceptBehaviour

    init(_ behaviour: AcceptBehaviour) { self.behaviour = behaviour }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        switch behaviour {
        case .serve, .closeAfterFirstBytes, .hang: break
        case .reset: ConnectionEnd.apply(.reset, to: channel)
        case .close: ConnectionEnd.apply(.close, to: channel)
        case .banner(let text):
            channel.writeAndFlush(ByteBuffer(string: text)).whenComplete { _ in
                ConnectionEnd.apply(.close, to: channel)
            }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .closeAfterFirstBytes = behaviour { context.close(promise: nil) }
    }
}
