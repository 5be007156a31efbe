import NIOCore

/// Connections on their way from the event loop, which accepts them, to the tasks that serve them. None is let go before it
/// is closed: NIO ends the process with one that nobody has served ("Deinited NIOAsyncWriter without calling finish()").
///
/// They are no elements of a listening `NIOAsyncChannel`, which lets go of those that it has accepted when it closes or its
/// reader is cancelled (swift-nio's issues 2637 and 2813).
struct Arrivals: Sendable {
    typealias Connection = ControlChannel.Value

    /// Over after `end`, or when its reader is cancelled.
    let connections: AsyncStream<Connection>
    private let queue: AsyncStream<Connection>.Continuation

    init() { (connections, queue) = AsyncStream.makeStream() }

    /// None comes any more.
    func end() { queue.finish() }

    /// As the last of what sets it up, on its event loop. It comes when it is active: a task that is cancelled closes its
    /// input, which NIO takes for a defect before. One that comes too late to be served is closed.
    func add(_ connection: Connection) throws {
        let channel = connection.channel
        // Its handlers finish its writer before that.
        channel.closeFuture.whenComplete { _ in withExtendedLifetime(connection) {} }
        try channel.pipeline.syncOperations.addHandler(
            Activation {
                if case .enqueued = queue.yield(connection) { return }
                channel.close(promise: nil)
            })
    }

    private final class Activation: ChannelInboundHandler {
        typealias InboundIn = Any

        private let done: () -> Void

        init(_ done: @escaping () -> Void) { self.done = done }

        func channelActive(context: ChannelHandlerContext) {
            done()
            context.fireChannelActive()
        }
    }
}
