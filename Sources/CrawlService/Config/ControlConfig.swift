/// `control`: the socket that clients connect to.
package struct ControlConfig: Hashable, Sendable {
    /// Ignored when systemd passes a socket.
    package var socket = "/run/crawld/control.sock"

    /// Permission bits of the socket.
    package var mode: UInt32 = 0o660

    /// Name of the group that owns the socket and may write; "" keeps the process's group.
    package var group = "crawld"

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.string("socket", &socket)
        section.mode("mode", &mode)
        section.string("group", &group)
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("control")
        // sockaddr_un holds 108 bytes with the closing zero.
        check.require(
            (1...107).contains(socket.utf8.count) && !socket.utf8.contains(0), "socket", socket,
            "must be a path of at most 107 bytes")
        check.require(
            group.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }, "group", group,
            "must be the name of a group, or \"\" to keep the process's")
        return check.faults
    }
}
