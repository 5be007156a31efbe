internal import Glibc
internal import Synchronization

/// A plain HTTP/1.1 server on a loopback port that answers the requests of each connection as told, one after the other,
/// and sends the greater part of an answer only when it is let go.
package final class FloodingPeer: Sendable {
    package struct Answer: Sendable {
        package var atOnce: String
        /// Sent `times` times, no faster than it is read.
        package var later: [UInt8]
        package var times: Int

        package init(atOnce: String = "", later: [UInt8] = [], times: Int = 0) {
            self.atOnce = atOnce
            self.later = later
            self.times = times
        }

        /// A page, once it is let go.
        package static let late = Answer(
            later: Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".utf8), times: 1)
        /// A page.
        package static let page = Answer(atOnce: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

        /// 64 MB behind `head`.
        package static func flood(behind head: String) -> Answer {
            Answer(atOnce: head, later: [UInt8](repeating: 0x20, count: 16 << 10), times: 4096)
        }
    }

    private struct State {
        var requests = 0
        var connections: [Int32] = []
        var isFree = false
        var isOver = false
    }

    package let port: Int
    private let listener: Int32
    private let answers: [Answer]
    private let state = Mutex(State())

    package struct Failure: Error {}

    /// The last of `answers` stays.
    package init(_ answers: [Answer]) throws {
        self.answers = answers
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard isBound else { throw Failure() }
        DetachedThread.run { [weak self] in
            // Here only: between two accepts the number would be another peer's.
            defer { close(descriptor) }
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                guard let self else {
                    close(connection)
                    return
                }
                serve(connection)
            }
        }
    }

    deinit { stop() }

    package var url: String { "http://127.0.0.1:\(port)/" }
    package var connectionCount: Int { state.withLock { $0.connections.count } }
    package var requestCount: Int { state.withLock { $0.requests } }

    /// What is to come later comes.
    package func letGo() { state.withLock { $0.isFree = true } }

    /// Ends all connections. Idempotent.
    package func stop() {
        let connections = state.withLock { state -> [Int32]? in
            defer { state.isOver = true }
            return state.isOver ? nil : state.connections
        }
        guard let connections else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
    }

    private func serve(_ connection: Int32) {
        state.withLock { $0.connections.append(connection) }
        DetachedThread.run { [weak self, answers] in
            var next = 0
            while let answer = next < answers.count ? answers[next] : answers.last {
                guard Self.readRequest(connection) else { return }
                self?.state.withLock { $0.requests += 1 }
                guard Self.send(Array(answer.atOnce.utf8), connection) else { return }
                while answer.times > 0, self?.state.withLock({ !$0.isFree && !$0.isOver }) ?? false {
                    poll(nil, 0, 1)
                }
                for _ in 0..<answer.times { guard Self.send(answer.later, connection) else { return } }
                next += 1
            }
        }
    }

    private static func readRequest(_ connection: Int32) -> Bool {
        var request: [UInt8] = []
        var byte: UInt8 = 0
        while recv(connection, &byte, 1, 0) == 1 {
            request.append(byte)
            if request.suffix(4) == [13, 10, 13, 10] { return true }
        }
        return false
    }

    private static func send(_ bytes: [UInt8], _ connection: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                Glibc.send(
                    connection, all.baseAddress.map { $0 + sent }, all.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}
