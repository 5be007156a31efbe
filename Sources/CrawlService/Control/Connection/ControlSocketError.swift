/// Why there is no control socket. `exitCode` is what the daemon leaves with.
package struct ControlSocketError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Sendable, Hashable {
        case pathTooLong
        /// Another process answers there.
        case inUse
        /// Something else has the path, and it is not ours to remove.
        case notASocket
        case unknownGroup
        /// The descriptor that was passed is no listening Unix stream socket.
        case unusableDescriptor
        case failed
    }

    package var reason: Reason
    package var description: String

    init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }

    /// 75 another instance, 73 cannot create it, 78 the configuration names an unknown group.
    package var exitCode: Int32 {
        switch reason {
        case .inUse: 75
        case .unknownGroup: 78
        case .pathTooLong, .notASocket, .unusableDescriptor, .failed: 73
        }
    }
}
