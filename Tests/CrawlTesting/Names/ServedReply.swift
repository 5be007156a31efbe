internal import CrawlCore
internal import NIOCore

/// What a `ScriptedNameServer` says to a question.
///
/// ```swift
/// .addresses(["127.0.0.2"], ttl: 60).late(.milliseconds(20))
/// .noName(minimum: 30)
/// .code(.serverFailure)
/// .silence
/// ServedReply(records: […], fault: .wrongID)
/// ```
package struct ServedReply: Sendable {
    /// RFC 1035 §4.1.1, RCODE.
    package enum Code: UInt8, Sendable {
        case none = 0
        case formatError = 1
        case serverFailure = 2
        case noName = 3
        case notImplemented = 4
        case refused = 5
    }

    /// What is wrong with the message besides what it says.
    package enum Fault: UInt8, Sendable, CaseIterable {
        /// It has another number than the question.
        case wrongID
        /// It has the question `x.invalid` instead.
        case otherName
        /// It has the question's name and type TXT.
        case otherType
        /// It is not marked as a response.
        case notMarked
        /// Its number, and then bytes that mean nothing.
        case garbage
        /// Its first eleven bytes.
        case stub
        /// It announces one record more than it has.
        case short
        /// It has a header only, and announces no question.
        case bare
    }

    package var code = Code.none
    package var records: [ServedRecord] = []
    package var authority: [ServedRecord] = []
    package var isAuthoritative = false
    /// From the question's arrival.
    package var delay = Duration.zero
    package var fault: Fault?
    /// Nothing comes. Over TCP the connection stays open.
    package var isSilent = false
    /// Over TCP the connection is closed instead.
    package var closes = false
    /// Over UDP it is marked as truncated, and has no records; one with more than 512 bytes is so always.
    package var isTruncated = false
    /// Said before it, at the same moment.
    package var before: [ServedReply] = []

    package init(records: [ServedRecord] = [], code: Code = .none, fault: Fault? = nil) {
        self.records = records
        self.code = code
        self.fault = fault
    }

    package static let silence: ServedReply = {
        var reply = ServedReply()
        reply.isSilent = true
        return reply
    }()

    package static func address(_ v4: UInt32, ttl: UInt32 = 300) -> ServedReply {
        ServedReply(records: [ServedRecord(.a(v4), ttl: ttl)])
    }

    /// Those of the question's family; of either, if `question` is nil.
    package static func addresses(
        _ texts: [String], ttl: UInt32 = 300, to question: ServedQuestion? = nil
    ) -> ServedReply {
        let records = texts.compactMap { IPAddress($0.utf8) }
            .filter { address in question.map { $0.isIPv6 != address.isV4 } ?? true }
            .map { address in
                address.isV4
                    ? ServedRecord(.a(UInt32(truncatingIfNeeded: address.low)), ttl: ttl)
                    : ServedRecord(.aaaa(address.high, address.low), ttl: ttl)
            }
        return ServedReply(records: records)
    }

    package static func code(_ code: Code) -> ServedReply { ServedReply(code: code) }

    /// NXDOMAIN. `minimum`: of an SOA record at the root whose own TTL is `ttl`; nil = there is none.
    package static func noName(minimum: UInt32? = nil, ttl: UInt32 = 3600) -> ServedReply {
        var reply = noAddress(minimum: minimum, ttl: ttl)
        reply.code = .noName
        return reply
    }

    /// NODATA; the SOA as for `noName`.
    package static func noAddress(minimum: UInt32? = nil, ttl: UInt32 = 3600) -> ServedReply {
        var reply = ServedReply()
        if let minimum { reply.authority = [ServedRecord(.soa(minimum: minimum), ttl: ttl, owner: "")] }
        return reply
    }

    package func late(_ delay: Duration) -> ServedReply {
        var reply = self
        reply.delay = delay
        return reply
    }

    package func with(_ fault: Fault) -> ServedReply {
        var reply = self
        reply.fault = fault
        return reply
    }

    package func after(_ others: [ServedReply]) -> ServedReply {
        var reply = self
        reply.before = others
        return reply
    }

    package var truncated: ServedReply {
        var reply = self
        reply.isTruncated = true
        return reply
    }

    /// Most of what fits into a datagram without EDNS (RFC 1035 §4.2.1).
    private static let datagram = 512

    /// The message, without the length that goes before it over TCP.
    func message(to question: ServedQuestion, _ allocator: ByteBufferAllocator) -> ByteBuffer {
        let room = 12 + question.bytes.count + 16 * (records.count + 2 * authority.count) + 16
        var buffer = allocator.buffer(capacity: room)
        write(question, isCut: isTruncated && !question.isTCP, to: &buffer)
        if !question.isTCP, buffer.readableBytes > Self.datagram {
            buffer.clear()
            write(question, isCut: true, to: &buffer)
        }
        return buffer
    }

    private func write(_ question: ServedQuestion, isCut: Bool, to buffer: inout ByteBuffer) {
        let id = fault == .wrongID ? ~question.id : question.id
        guard fault != .garbage else {
            buffer.writeInteger(id)
            buffer.writeRepeatingByte(0xC3, count: 60)
            return
        }
        guard fault != .stub else {
            buffer.writeInteger(id)
            buffer.writeRepeatingByte(0x80, count: 9)
            return
        }
        let first: UInt8 =
            (fault == .notMarked ? 1 : 0x81) | (isAuthoritative ? 4 : 0) | (isCut ? 2 : 0)
        let isBare = fault == .bare
        let count = isCut || isBare ? 0 : records.count
        buffer.writeMultipleIntegers(
            id, first, 0x80 | code.rawValue, (isBare ? 0 : 1) as UInt16,
            UInt16(truncatingIfNeeded: count + (fault == .short ? 1 : 0)),
            UInt16(truncatingIfNeeded: isCut || isBare ? 0 : authority.count), 0 as UInt16)
        if isBare { return }
        switch fault {
        case .otherName:
            buffer.writeBytes([1, UInt8(ascii: "x"), 7])
            buffer.writeStaticString("invalid")
            buffer.writeInteger(0 as UInt8)
            buffer.writeBytes(question.bytes.suffix(4))
        case .otherType:
            buffer.writeBytes(question.bytes.dropLast(4))
            buffer.writeBytes([0, 16, 0, 1])
        default:
            buffer.writeBytes(question.bytes)
        }
        if isCut { return }
        for record in records { record.write(to: &buffer) }
        for record in authority { record.write(to: &buffer) }
    }
}

extension ServedReply {
    /// The message as it would be sent.
    package func bytes(to question: ServedQuestion) -> [UInt8] {
        Array(message(to: question, ByteBufferAllocator()).readableBytesView)
    }
}
