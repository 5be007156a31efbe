/// Who is at the other end of a connection, as the kernel says.
struct PeerIdentity: Sendable, Hashable {
    var uid: UInt32
    /// The primary group.
    var gid: UInt32
    /// Supplementary groups, as far as they could be read.
    var groups: [UInt32]
}

/// Who may do more than read. Whoever can connect may read: the socket's mode decides that.
struct ControlRole: Sendable, Hashable {
    /// How ids of another user namespace appear: nobody in particular.
    static let overflow: UInt32 = 65534

    /// The daemon's own user.
    var daemonUID: UInt32
    var socketGroup: UInt32

    func mayWrite(_ peer: PeerIdentity) -> Bool {
        if peer.uid == 0 { return true }
        if peer.uid == daemonUID, peer.uid != Self.overflow { return true }
        guard socketGroup != Self.overflow else { return false }
        return peer.gid == socketGroup || peer.groups.contains(socketGroup)
    }
}
