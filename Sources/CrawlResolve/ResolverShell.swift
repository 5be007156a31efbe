internal import CrawlCore
internal import Dispatch

/// What a `Resolver` has from `start` to `stop`: sockets, a timer, and where replies go. It belongs to the resolver's queue.
final class ResolverShell {
    let channels: ChannelSet
    let deliver: @Sendable ([NameReply]) -> Void
    private let events: any DispatchSourceRead
    private let timer: any DispatchSourceTimer
    private var isResting = false
    /// What `timer` is set to; nil = it is not.
    private var armedAt: Instant?

    init(
        queue: DispatchQueue, sockets: NameSockets, channels: ChannelSet,
        deliver: @escaping @Sendable ([NameReply]) -> Void, turn: @escaping @Sendable () -> Void
    ) {
        self.channels = channels
        self.deliver = deliver
        events = DispatchSource.makeReadSource(fileDescriptor: sockets.descriptor, queue: queue)
        timer = DispatchSource.makeTimerSource(flags: .strict, queue: queue)
        // The set outlives its source: closing a descriptor that Dispatch still watches is an error of ours.
        let keeper = SocketsKeeper(sockets)
        events.setCancelHandler { _ = keeper }
        events.setEventHandler(handler: turn)
        timer.setEventHandler(handler: turn)
        events.activate()
        timer.activate()
    }

    /// The next turn is at `deadline`, or when something comes in; nil = only then.
    func arm(_ deadline: Instant?, _ now: Instant) {
        guard deadline != armedAt else { return }
        armedAt = deadline
        guard let deadline else { return timer.schedule(deadline: .distantFuture) }
        timer.schedule(deadline: .now() + .milliseconds(Int(max(1, (deadline - now).ms))), leeway: .nanoseconds(0))
    }

    /// The timer has gone off, or may have.
    func disarm() { armedAt = nil }

    /// Sockets wake nobody up until `listen`: the next turn comes by the timer.
    func rest() {
        if !isResting { events.suspend() }
        isResting = true
    }

    /// Idempotent.
    func listen() {
        if isResting { events.resume() }
        isResting = false
    }

    func end() {
        // A source that is suspended can neither be cancelled nor go.
        listen()
        events.cancel()
        timer.cancel()
        channels.close()
    }
}

/// `@unchecked Sendable`: it only keeps the set alive.
private final class SocketsKeeper: @unchecked Sendable {
    private let sockets: NameSockets
    init(_ sockets: NameSockets) { self.sockets = sockets }
}
