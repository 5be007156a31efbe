internal import NIOCore

/// Questions over TCP (RFC 7766): each message has its length before it.
final class ServedStreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let state: ServedState
    private var unread = ByteBuffer()

    init(_ state: ServedState) { self.state = state }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        unread.writeBuffer(&part)
        while let length = unread.getInteger(at: unread.readerIndex, as: UInt16.self),
            unread.readableBytes >= 2 + Int(length)
        {
            unread.moveReaderIndex(forwardBy: 2)
            guard let message = unread.readSlice(length: Int(length)) else { return }
            guard let question = message.withUnsafeReadableBytes({ ServedQuestion($0, isTCP: true) }) else { continue }
            answer(question, context)
        }
    }

    private func answer(_ question: ServedQuestion, _ context: ChannelHandlerContext) {
        let reply = state.reply(to: question)
        if reply.closes { return context.close(promise: nil) }
        if reply.isSilent { return }
        var stream = ByteBuffer()
        for one in reply.before.filter({ !$0.isSilent }) + [reply] {
            var message = one.message(to: question, context.channel.allocator)
            stream.writeInteger(UInt16(truncatingIfNeeded: message.readableBytes))
            stream.writeBuffer(&message)
        }
        let nanoseconds =
            reply.delay.components.seconds * 1_000_000_000 + reply.delay.components.attoseconds / 1_000_000_000
        guard nanoseconds > 0 else { return context.writeAndFlush(wrapOutboundOut(stream), promise: nil) }
        let late = stream
        context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(nanoseconds)) { [self] in
            context.writeAndFlush(wrapOutboundOut(late), promise: nil)
        }
    }
}
