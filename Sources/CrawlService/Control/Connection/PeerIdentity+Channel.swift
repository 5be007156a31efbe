import Glibc
import NIOCore

extension PeerIdentity {
    private struct Credentials: Sendable {
        var pid: Int32 = 0
        var uid: UInt32 = ControlRole.overflow
        var gid: UInt32 = ControlRole.overflow
    }

    /// Of a peer that has more supplementary groups than this, only the primary one is known.
    private typealias Groups = InlineArray<4096, UInt32>

    /// nil = the kernel does not say, and nothing may be assumed.
    static func of(_ channel: any Channel) async -> PeerIdentity? {
        guard let provider = channel as? any SocketOptionProvider else { return nil }
        let credentials: EventLoopFuture<Credentials> = provider.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        guard let peer = try? await credentials.get() else { return nil }
        let groups: EventLoopFuture<Groups> = provider.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERGROUPS))
        var identity = PeerIdentity(uid: peer.uid, gid: peer.gid, groups: [])
        if let list = try? await groups.get() {
            // The list comes without its length, padded with zeros: group 0 counts only as a primary group.
            for i in list.indices where list[i] != 0 { identity.groups.append(list[i]) }
        }
        return identity
    }
}
