internal import DequeModule
internal import NIOCore
internal import Synchronization

/// Questions over UDP. Late answers wait in one line for each delay, and all that are due go out with one flush.
final class ServedDatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private struct Late {
        var at: NIODeadline
        var envelope: AddressedEnvelope<ByteBuffer>
        /// The last of a question's answers.
        var isLast: Bool
    }

    private let state: ServedState
    private var lines: [Int64: Deque<Late>] = [:]
    private var waiting = 0
    private var wakesAt: NIODeadline?

    init(_ state: ServedState) { self.state = state }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let question = envelope.data.withUnsafeReadableBytes({ ServedQuestion($0, isTCP: false) }) else { return }
        var reply = state.reply(to: question)
        if waiting >= state.mostAtATime {
            state.refusals.wrappingAdd(1, ordering: .relaxed)
            reply = .code(.refused)
        }
        if reply.isSilent { return }
        for other in reply.before where !other.isSilent {
            send(other, to: question, envelope.remoteAddress, at: reply.delay, isLast: false, context)
        }
        send(reply, to: question, envelope.remoteAddress, at: reply.delay, isLast: true, context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
    }

    private func send(
        _ reply: ServedReply, to question: ServedQuestion, _ client: NIOCore.SocketAddress, at delay: Duration,
        isLast: Bool,
        _ context: ChannelHandlerContext
    ) {
        let message = reply.message(to: question, context.channel.allocator)
        let envelope = AddressedEnvelope(remoteAddress: client, data: message)
        let nanoseconds = delay.components.seconds * 1_000_000_000 + delay.components.attoseconds / 1_000_000_000
        guard nanoseconds > 0 else { return context.write(wrapOutboundOut(envelope), promise: nil) }
        let at = NIODeadline.now() + .nanoseconds(nanoseconds)
        lines[nanoseconds, default: []].append(Late(at: at, envelope: envelope, isLast: isLast))
        if isLast {
            waiting += 1
            if waiting > state.peak.load(ordering: .relaxed) { state.peak.store(waiting, ordering: .relaxed) }
        }
        wake(at, context)
    }

    /// No earlier than a millisecond after the last time, so that answers go out together.
    private func wake(_ at: NIODeadline, _ context: ChannelHandlerContext) {
        if let wakesAt, wakesAt <= at { return }
        wakesAt = at
        context.eventLoop.assumeIsolated().scheduleTask(deadline: at) { [weak self] in
            guard let self, wakesAt == at else { return }
            wakesAt = nil
            sendLate(context)
        }
    }

    private func sendLate(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        var next: NIODeadline?
        for delay in lines.keys {
            while let first = lines[delay]?.first, first.at <= now {
                lines[delay]?.removeFirst()
                if first.isLast { waiting -= 1 }
                context.write(wrapOutboundOut(first.envelope), promise: nil)
            }
            if let at = lines[delay]?.first?.at { next = min(next ?? at, at) }
        }
        context.flush()
        if let next { wake(max(next, now + .milliseconds(1)), context) }
    }
}
