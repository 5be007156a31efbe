import ControlAPI
import NIOCore

/// What the guard tells whoever is reading a body.
enum ConnectionFault: Error {
    case bodyStalled
}

/// First in a connection's pipeline: keeps its times, refuses it, and lets it linger until its client has read why.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let limits: ControlLimits
    private let refusal: Problem?
    private var timers: ConnectionTimers
    private var timer: Scheduled<Void>?
    private var timerAt = NIODeadline.distantFuture
    private var context: ChannelHandlerContext?
    private var isClosing = false
    private var isFailing = false

    /// `refusal` = answer that at once and close.
    init(limits: ControlLimits, refusal: Problem?) {
        self.limits = limits
        self.refusal = refusal
        timers = ConnectionTimers(limits: limits, now: .now())
    }

    // MARK: What RequestTracker saw

    var isBetweenRequests: Bool { timers.openRequests == 0 && !timers.isInBody }
    var isDiscarding: Bool { timers.openRequests == 0 && timers.isInBody }
    var hasOneRequest: Bool { timers.openRequests == 1 }

    func headRead() {
        timers.headRead(.now())
        rearm()
    }

    func bodyRead() {
        timers.bodyRead()
        rearm()
    }

    func answered() {
        timers.answered(.now())
        rearm()
    }

    /// Answers past the HTTP machinery, then closes.
    func refuse(_ problem: Problem, retryAfter: Int? = nil) {
        guard let context, !isClosing else { return }
        isClosing = true
        let answer = RawAnswer.bytes(problem, retryAfter: retryAfter, allocator: context.channel.allocator)
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(answer)), promise: nil)
        linger()
    }

    /// Ends our side and waits a moment for the client to end its own, so that it gets to read the last answer.
    func linger() {
        guard let context else { return }
        isClosing = true
        timers.lingers(.now())
        context.close(mode: .output, promise: nil)
        context.read()
        rearm()
    }

    // MARK: Handler

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        begin()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    private func begin() {
        if let refusal { refuse(refusal, retryAfter: 1) } else { rearm() }
    }

    func read(context: ChannelHandlerContext) {
        timers.readWanted(.now())
        rearm()
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        timers.bytesRead(.now())
        context.fireChannelRead(data)
        rearm()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        timers.readCompleted()
        context.fireChannelReadComplete()
        if isClosing { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isClosing, let event = event as? ChannelEvent, event == .inputClosed {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let promise = promise ?? context.eventLoop.makePromise()
        timers.writeBegan(.now())
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.timers.writeEnded(.now())
            self.rearm()
        }
        context.write(data, promise: promise)
        rearm()
    }

    // MARK: Time

    private func rearm() {
        guard let context, context.channel.isActive, let next = timers.deadline() else { return }
        if timer != nil, timerAt <= next.at { return }
        timer?.cancel()
        timerAt = next.at
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: next.at) { self.timerFired() }
    }

    private func timerFired() {
        timer = nil
        guard let context, let next = timers.deadline() else { return }
        guard next.at <= .now() else { return rearm() }
        switch next.expiry {
        case .headTooSlow:
            refuse(RawAnswer.headTooSlow)
        case .idle, .readerStalled, .lingerOver:
            context.close(promise: nil)
        case .bodyStalled where isFailing:
            context.close(promise: nil)
        case .bodyStalled:
            // Whoever reads the body answers; if nobody does, the next round closes.
            isFailing = true
            timers.readWanted(.now())
            context.fireErrorCaught(ConnectionFault.bodyStalled)
            rearm()
        }
    }
}
