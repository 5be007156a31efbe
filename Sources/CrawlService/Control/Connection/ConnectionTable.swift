import NIOCore
import Synchronization

/// The connections that are open.
final class ConnectionTable: Sendable {
    enum Place {
        case served
        /// One of the last: only for those who may write.
        case kept
        /// One too many: to be told so.
        case refused
        /// Far too many.
        case dropped
    }

    /// Refused connections that may linger at a time.
    private static let refusable = 64

    private let limit: Int
    private let kept: Int
    private let onClose: @Sendable (ObjectIdentifier) -> Void
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    /// `kept`: of `limit`, how many are for those who may write. `onClose`: called after a connection has ended.
    init(limit: Int, kept: Int = 0, onClose: @escaping @Sendable (ObjectIdentifier) -> Void = { _ in }) {
        self.limit = limit
        self.kept = kept
        self.onClose = onClose
    }

    func add(_ channel: any Channel) -> Place {
        let id = ObjectIdentifier(channel)
        let count = channels.withLock { table in
            table[id] = channel
            return table.count
        }
        channel.closeFuture.whenComplete { _ in
            self.channels.withLock { _ = $0.removeValue(forKey: id) }
            self.onClose(id)
        }
        return Self.place(count, limit: limit, kept: kept)
    }

    /// Of one that comes when there are so many, itself counted.
    static func place(_ count: Int, limit: Int, kept: Int) -> Place {
        if count <= limit - kept { return .served }
        if count <= limit { return .kept }
        return count <= limit + refusable ? .refused : .dropped
    }

    /// Idle connections close, the others after their answer.
    func quiesce() {
        for channel in all() { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    func closeAll() {
        for channel in all() { channel.close(promise: nil) }
    }

    private func all() -> [any Channel] { channels.withLock { Array($0.values) } }
}
