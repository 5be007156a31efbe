internal import Glibc
internal import Synchronization

/// The datagram socket of a service manager: what a daemon tells it, as it comes.
package final class NotifySocket: Sendable {
    package let path: String
    private let descriptor: CInt
    private let received = Mutex<[String]>([])

    struct Failure: Error {
        var call: String
        var code: Int32
    }

    package init(path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard UnixSockets.bind(descriptor, to: path) else { throw Failure(call: "bind \(path)", code: errno) }
        // Closing alone would not wake the thread: `deinit` shuts the socket down.
        let (descriptor, received) = (descriptor, WeakBox(self))
        DetachedThread.run {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0, let socket = received.value else { break }
                socket.received.withLock { $0.append(String(decoding: buffer[..<count], as: UTF8.self)) }
            }
            close(descriptor)
        }
    }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// One message each.
    package var messages: [String] { received.withLock { $0 } }

    package func contains(_ line: String) -> Bool { count(line) > 0 }

    /// How many messages have that line.
    package func count(_ line: String) -> Int {
        messages.count { $0.split(separator: "\n").contains { $0 == line } }
    }
}

private final class WeakBox<Value: AnyObject & Sendable>: @unchecked Sendable {
    // Written once, before anybody else has it; reading a weak reference is atomic.
    private(set) weak var value: Value?
    init(_ value: Value) { self.value = value }
}
