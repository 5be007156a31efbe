internal import Glibc
internal import Synchronization

/// A web server on a `NetworkIsland`. It keeps every connection that was made, with the address that was called, whether
/// a request came or not. One request a connection.
package final class IslandServer: Sendable {
    package struct Contact: Sendable {
        /// The address that was called; plain for IPv4.
        package var address: String
        /// All of the request's head, in lower case; "" as long as it is not there.
        package var head: String
    }

    private struct Content {
        var contacts: [Contact] = []
        var answers: [String: String] = [:]
    }

    private let listener: CInt
    private let content = Mutex(Content())

    /// On every address there is, unless one is given. Ready when it returns.
    package init(on island: NetworkIsland, address: String = "::", port: UInt16 = 80) throws {
        listener = try island.run {
            guard let address = SocketAddress(address, port: port) else {
                throw NetworkIsland.Failure(call: "no address: \(address)", code: 0)
            }
            let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            address.allowForeign(descriptor)
            guard address.withPointer({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, 128) == 0 else {
                throw NetworkIsland.Failure(call: "listen", code: errno)
            }
            return descriptor
        }
        // The thread that accepts closes the listener too: nobody else knows when it is done with it.
        DetachedThread.run { [listener, weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                guard let self else {
                    close(connection)
                    break
                }
                let number = note(connection)
                DetachedThread.run { self.serve(connection, number) }
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    package var contacts: [Contact] { content.withLock { $0.contacts } }

    /// The whole answer to requests for `path`, whatever their host. All others get a page, `/robots.txt` a 404.
    package func on(_ path: String, _ answer: String) { content.withLock { $0.answers[path] = answer } }

    private func note(_ connection: CInt) -> Int {
        var address = SocketAddress(nearEndOf: connection).text
        if address.hasPrefix("::ffff:"), address.contains(".") { address = String(address.dropFirst(7)) }
        return content.withLock { content in
            content.contacts.append(Contact(address: address, head: ""))
            return content.contacts.count - 1
        }
    }

    private func serve(_ connection: CInt, _ number: Int) {
        defer { close(connection) }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0, head.count < 1 << 16 else { return }
            head += buffer[..<count]
        }
        let text = String(decoding: head, as: UTF8.self)
        let words = text.split(separator: " ", maxSplits: 2)
        let path = words.count > 1 ? String(words[1]) : ""
        let answer = content.withLock { content in
            content.contacts[number].head = text.lowercased()
            return content.answers[path] ?? Self.page(path == "/robots.txt" ? "404 Not Found" : "200 OK")
        }
        let bytes = Array(answer.utf8)
        _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        _ = shutdown(connection, Int32(SHUT_WR))
        while recv(connection, &buffer, buffer.count, 0) > 0 {}
    }

    private static func page(_ status: String) -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: 6\r\nConnection: close\r\n\r\na page"
    }
}
