internal import NIOCore

/// A resource record (RFC 1035 §4.1.3) of class IN as a `ScriptedNameServer` sends it.
package struct ServedRecord: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        /// In host order: 0x7F00_0001.
        case a(UInt32)
        case aaaa(UInt64, UInt64)
        case cname(String)
        case ns(String)
        /// The last field (RFC 2308 §4); the others mean nothing here.
        case soa(minimum: UInt32)
        /// Any type, with these bytes.
        case other(UInt16, [UInt8])
    }

    /// nil = the question's name.
    package var owner: String?
    package var content: Content
    /// In seconds.
    package var ttl: UInt32

    package init(_ content: Content, ttl: UInt32 = 300, owner: String? = nil) {
        self.content = content
        self.ttl = ttl
        self.owner = owner
    }

    private var type: UInt16 {
        switch content {
        case .a: ServedQuestion.a
        case .ns: 2
        case .cname: 5
        case .soa: ServedQuestion.soa
        case .aaaa: ServedQuestion.aaaa
        case .other(let type, _): type
        }
    }

    func write(to buffer: inout ByteBuffer) {
        if let owner { Self.write(name: owner, to: &buffer) } else { buffer.writeInteger(0xC00C as UInt16) }
        buffer.writeMultipleIntegers(type, 1 as UInt16, ttl)
        switch content {
        case .a(let address): buffer.writeMultipleIntegers(4 as UInt16, address)
        case .aaaa(let high, let low): buffer.writeMultipleIntegers(16 as UInt16, high, low)
        case .cname(let target), .ns(let target):
            let start = buffer.writerIndex
            buffer.writeInteger(0 as UInt16)
            Self.write(name: target, to: &buffer)
            buffer.setInteger(UInt16(truncatingIfNeeded: buffer.writerIndex - start - 2), at: start)
        case .soa(let minimum):
            // Two names that are the root, serial, refresh, retry, expire.
            buffer.writeMultipleIntegers(
                22 as UInt16, 0 as UInt16, 1 as UInt32, 3600 as UInt32, 600 as UInt32, 86_400 as UInt32, minimum)
        case .other(_, let bytes):
            buffer.writeInteger(UInt16(truncatingIfNeeded: bytes.count))
            buffer.writeBytes(bytes)
        }
    }

    private static func write(name: String, to buffer: inout ByteBuffer) {
        for label in name.split(separator: ".") {
            buffer.writeInteger(UInt8(truncatingIfNeeded: label.utf8.count))
            buffer.writeString(String(label))
        }
        buffer.writeInteger(0 as UInt8)
    }
}
