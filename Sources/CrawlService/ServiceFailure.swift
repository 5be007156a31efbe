import CrawlFrontier
import Glibc

/// Why the daemon could not start or had to stop. The exit code belongs to the interface: units and scripts decide by it.
package struct ServiceFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Int32, Hashable, Sendable {
        /// The database is not ours, is corrupt, or was replaced while it was open.
        case databaseUnusable = 65
        /// A defect of crawld.
        case bug = 70
        /// The socket or the state directory cannot be created.
        case cannotCreate = 73
        /// Reading or writing failed for good.
        case io = 74
        /// Another instance holds the state directory or the socket.
        case alreadyRunning = 75
        case configuration = 78
    }

    package var reason: Reason

    /// One line or several, without a full stop: what is wrong, with the offending value, and what would help.
    package var message: String

    /// The disk is full, or a quota used up: with room again it would go well.
    package private(set) var isForWantOfRoom = false

    package init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// `reason`, and why by errno.
    init(_ reason: Reason, _ what: String, errno code: Int32) {
        self.init(reason, "\(what): \(String(cString: strerror(code)))")
        isForWantOfRoom = DiskRoom.isLack(code)
    }

    /// What a fault of the frontier means for the process.
    init(storage error: any Error) {
        let fault = error as? FrontierError
        self.init(fault?.isForGood ?? false ? .databaseUnusable : .io, "\(error)")
        isForWantOfRoom = fault?.isFull ?? false
    }

    /// Why there is no control socket.
    init(socket error: ControlSocketError) {
        self.init(Reason(rawValue: error.exitCode) ?? .cannotCreate, error.description)
    }

    package var exitCode: Int32 { reason.rawValue }

    package var description: String { message }
}
