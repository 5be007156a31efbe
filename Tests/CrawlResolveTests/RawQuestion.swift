import CrawlTesting
import Glibc

/// A question as bytes, and a socket that sends it and waits for what comes.
enum RawQuestion {
    static func message(_ name: String, type: UInt16 = 1, id: UInt16 = 0x1234) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(id >> 8), UInt8(id & 255), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in name.split(separator: ".") { bytes += [UInt8(label.utf8.count)] + label.utf8 }
        return bytes + [0, UInt8(type >> 8), UInt8(type & 255), 0, 1]
    }

    /// The datagram that comes back, or the bytes of the connection until it has one whole message; nil = none in 20 s.
    static func ask(_ bytes: [UInt8], port: Int, isTCP: Bool = false) async -> [UInt8]? {
        await withCheckedContinuation { continuation in
            DetachedThread.run { continuation.resume(returning: exchange(bytes, port: port, isTCP: isTCP)) }
        }
    }

    private static func exchange(_ bytes: [UInt8], port: Int, isTCP: Bool) -> [UInt8]? {
        let kind = isTCP ? SOCK_STREAM : SOCK_DGRAM
        let descriptor = socket(AF_INET, Int32(kind.rawValue), 0)
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        let length = isTCP ? [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] : []
        let message = length + bytes
        guard isConnected, send(descriptor, message, message.count, 0) == message.count else { return nil }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        repeat {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            answer += buffer[..<count]
        } while isTCP && (answer.count < 2 || answer.count < 2 + Int(answer[0]) << 8 + Int(answer[1]))
        return isTCP ? Array(answer.dropFirst(2)) : answer
    }
}
