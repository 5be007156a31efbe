import CSystemd
import CrawlCore
import Glibc

/// What crawld tells systemd and is handed by it. Outside of systemd every call does nothing and every question is
/// answered with nil. May be used from any thread; `inheritedSocket` once, at start.
package struct SystemdNotify: Sendable {
    package enum State: Hashable, Sendable {
        case ready
        case stopping
        /// Asks for so much more time than the unit allows, counted from now.
        case extendTimeout(Duration)
        /// One line for `systemctl status`.
        case status(String)
        /// The watchdog's sign of life.
        case watchdog

        /// The lines of sd_notify(3). A line break in a status would start a new assignment.
        var assignments: String {
            switch self {
            case .ready: "READY=1"
            case .stopping: "STOPPING=1"
            case .extendTimeout(let time): "EXTEND_TIMEOUT_USEC=\(max(0, time.ms) * 1000)"
            case .status(let text): "STATUS=" + String(text.map { $0.isNewline || $0 == "\0" ? " " : $0 })
            case .watchdog: "WATCHDOG=1"
            }
        }
    }

    /// Why the sockets that systemd passed cannot be used.
    package enum SocketFault: Error, Hashable, Sendable {
        /// More than one; crawld listens on one control socket.
        case tooMany(Int)
        /// The one descriptor is no listening Unix stream socket.
        case notListening(name: String)
        /// errno of sd_listen_fds.
        case unreadable(Int32)
    }

    package init() {}

    package func tell(_ state: State) {
        _ = sd_notify(0, state.assignments)
    }

    /// A reload has begun; `.ready` ends it. The time stamp is what `Type=notify-reload` asks for.
    package func tellReloading() {
        _ = sd_notify(0, "RELOADING=1\nMONOTONIC_USEC=\(SystemClock.monotonicMicroseconds())")
    }

    /// The listening control socket that systemd opened, close-on-exec set; nil when there is none. It is never unlinked.
    /// Clears the variables, so that children do not take the socket for theirs and a second call finds nothing.
    package func inheritedSocket() throws(SocketFault) -> Int32? {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(1, &names)
        defer { Self.release(names) }
        guard count != 0 else { return nil }
        guard count > 0 else { throw .unreadable(-count) }
        guard count == 1 else { throw .tooMany(Int(count)) }
        let name = names?.pointee.map { String(cString: $0) } ?? "unknown"
        guard sd_is_socket_unix(SD_LISTEN_FDS_START, Int32(SOCK_STREAM.rawValue), 1, nil, 0) > 0 else {
            throw .notListening(name: name)
        }
        return SD_LISTEN_FDS_START
    }

    /// How long the watchdog waits for a sign of life before it kills the daemon; nil when it is off. Tell twice as often.
    package func watchdogInterval() -> Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }

    private static func release(_ names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
        guard let names else { return }
        var next = names
        while let name = next.pointee {
            free(name)
            next += 1
        }
        free(names)
    }
}
