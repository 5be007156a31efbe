import Dispatch
import Foundation

/// Blocking calls get a thread of their own: the tasks' threads are the server's.
func offPool<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue(label: "crawld.tests.client").async { continuation.resume(with: Result { try body() }) }
    }
}

struct ClientError: Error, CustomStringConvertible {
    var description: String
}

struct RawResponse: Sendable {
    var status: Int
    var headers: [String: String]
    var body: [UInt8]

    /// nil if the bytes are no whole response.
    init?(_ bytes: [UInt8]) {
        let blank = Array("\r\n\r\n".utf8)
        var bytes = bytes
        if bytes.starts(with: "HTTP/1.1 100".utf8), let end = bytes.firstRange(of: blank) {
            bytes.removeSubrange(..<end.upperBound)
        }
        guard let end = bytes.firstRange(of: blank) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let first = lines[0].split(separator: " ")
        guard first.count >= 2, let status = Int(first[1]) else { return nil }
        self.status = status
        headers = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        let rest = Array(bytes[end.upperBound...])
        guard headers["transfer-encoding"] == "chunked" else {
            body = rest
            return
        }
        guard let whole = Self.joined(rest) else { return nil }
        body = whole
    }

    /// The chunks' contents (RFC 9112 §7.1, without extensions and trailers); nil if the last is missing.
    private static func joined(_ bytes: [UInt8]) -> [UInt8]? {
        var body: [UInt8] = []
        var rest = bytes[...]
        while let end = rest.firstRange(of: [13, 10]) {
            guard let size = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16) else {
                return nil
            }
            if size == 0 { return body }
            let chunk = rest[end.upperBound...].prefix(size)
            guard chunk.count == size else { return nil }
            body += chunk
            rest = rest[end.upperBound...].dropFirst(size + 2)
        }
        return nil
    }

    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }
    var code: String? { json["code"] as? String }
    var text: String { String(decoding: body, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n").map(String.init) }
}

/// A connection that sends what it is told, however wrong. Reads give up after 20 s.
struct RawClient: Sendable {
    let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        var wait = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        if result != 0 { throw ClientError(description: "connect: \(errno)") }
    }

    func close() { _ = Foundation.close(descriptor) }
    func endInput() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// False if the other end is gone.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.send(
                    descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Up to the end of the connection; nil if it does not end.
    func readToEnd() -> [UInt8]? {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 || (count < 0 && errno == ECONNRESET) { return result }
            if count < 0 { return nil }
            result += buffer[..<count]
        }
    }

    /// Until what has come satisfies `isEnough`.
    func read(until isEnough: ([UInt8]) -> Bool) -> [UInt8] {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while !isEnough(result) {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { return result }
            result += buffer[..<count]
        }
        return result
    }

    func response() throws -> RawResponse {
        guard let bytes = readToEnd() else { throw ClientError(description: "the connection does not end") }
        guard let response = RawResponse(bytes) else {
            throw ClientError(description: "no response: \(String(decoding: bytes, as: UTF8.self))")
        }
        return response
    }
}
