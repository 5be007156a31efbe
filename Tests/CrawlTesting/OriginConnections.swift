internal import NIOCore
internal import Synchronization

/// The open connections of an origin, so that it can end them.
final class OriginConnections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { _ in self.remove(id) }
    }

    func all() -> [any Channel] { channels.withLock { Array($0.values) } }

    private func remove(_ id: ObjectIdentifier) { channels.withLock { $0[id] = nil } }
}
