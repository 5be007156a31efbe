import Foundation
import Synchronization

/// A real HTTP server on 127.0.0.1 that takes one request a connection and gives the answer it was made with.
final class LoopbackServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let received = Mutex<[String]>([])
    private let open = Mutex<[Int32]>([])

    /// `answer`: the whole answer; nil = it never comes.
    init(answer: String?) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                _ = bind(listener, generic, size)
                _ = listen(listener, 8)
                _ = getsockname(listener, generic, &size)
            }
        }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        DispatchQueue(label: "loopback").async { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                guard let answer else {
                    open.withLock { $0.append(connection) }
                    continue
                }
                let request = Self.request(connection)
                received.withLock { $0.append(request) }
                _ = answer.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
                close(connection)
            }
        }
    }

    var url: String { "http://127.0.0.1:\(port)/hook?key=secret" }
    var requests: [String] { received.withLock { $0 } }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        for connection in open.withLock({ $0 }) { close(connection) }
    }

    /// Head and body, as far as Content-Length says.
    private static func request(_ connection: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let head = text.firstRange(of: "\r\n\r\n") {
                let length =
                    text[..<head.lowerBound].split(separator: "\r\n").first {
                        $0.lowercased().hasPrefix("content-length:")
                    }
                    .flatMap { Int($0.dropFirst(15).trimmingPrefix(" ")) } ?? 0
                if text[head.upperBound...].utf8.count >= length { return text }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return text }
            bytes += buffer.prefix(count)
        }
    }
}
