internal import CrawlCore

/// Reads a server's answer (RFC 1035 §4). Bounded in every way, and whatever the bytes are it never traps.
enum DNSMessage {
    static let a: UInt16 = 1
    static let ns: UInt16 = 2
    static let cname: UInt16 = 5
    static let soa: UInt16 = 6
    static let aaaa: UInt16 = 28
    /// IN.
    static let classIN: UInt16 = 1

    /// Most records of a section that are looked at, most addresses that are kept, most names that lead to one another.
    static let mostRecords = 512
    static let mostAddresses = 64
    static let mostLinks = 32

    private static let questionAt = 12

    private struct Record {
        var owner: Int
        var type: UInt16
        var isIN: Bool
        var ttl: UInt32
        var data: Range<Int>
    }

    /// `bytes` may live only as long as the call. `type`: what was asked; records of no other type are taken but CNAME and
    /// SOA. `isControl`: NOERROR and
    /// NXDOMAIN are the same, whatever the message has in it.
    static func read(
        _ bytes: UnsafeRawBufferPointer, host: UnsafeBufferPointer<UInt8>, type: UInt16, isControl: Bool = false
    ) -> DNSAnswer {
        let message = DNSBytes(bytes: bytes)
        guard let flags = message.u16(2), let questions = message.u16(4), let answers = message.u16(6),
            let authorities = message.u16(8), flags & 0xF800 == 0x8000, questions == 1,
            let afterName = message.afterName(questionAt), message.u16(afterName) == type,
            message.u16(afterName + 2) == classIN, message.isName(questionAt, host)
        else { return DNSAnswer(.garbled) }
        switch flags & 0xF {
        case 0, 3: break
        case 5: return DNSAnswer(.refused)
        default: return DNSAnswer(.serverFailure)
        }
        let isNoName = flags & 0xF == 3
        if isControl { return DNSAnswer(.noName) }
        return body(
            message, from: afterName + 4, answers: Int(answers), authorities: Int(authorities), type: type,
            isNoName: isNoName, isTruncated: flags & 0x200 != 0, isAuthoritative: flags & 0x400 != 0)
    }

    private static func body(
        _ message: DNSBytes, from start: Int, answers: Int, authorities: Int, type: UInt16, isNoName: Bool,
        isTruncated: Bool, isAuthoritative: Bool
    ) -> DNSAnswer {
        // The end of the section, and whether there is anything that leads elsewhere.
        var hasCNAME = false
        guard
            let end = walk(
                message, from: start, count: answers, { if $0.type == cname, $0.isIN { hasCNAME = true } })
        else { return DNSAnswer(.garbled) }

        var name = questionAt
        var ttl = UInt32.max
        var links = 0
        while hasCNAME, let next = target(message, from: start, count: answers, of: name) {
            links += 1
            guard links <= mostLinks, message.afterName(next.data.lowerBound) == next.data.upperBound else {
                return DNSAnswer(.garbled)
            }
            ttl = min(ttl, next.ttl)
            name = next.data.lowerBound
        }

        if !isNoName {
            var addresses: [IPAddress] = []
            _ = walk(message, from: start, count: answers) { record in
                guard record.type == type, record.isIN, let address = address(message, record),
                    message.areEqual(record.owner, name)
                else { return }
                ttl = min(ttl, record.ttl)
                if addresses.count < mostAddresses, !addresses.contains(address) { addresses.append(address) }
            }
            if !addresses.isEmpty { return DNSAnswer(.addresses, addresses: addresses, ttl: ttl) }
        }
        if isTruncated { return DNSAnswer(.garbled) }
        return nothing(
            message, from: end, count: authorities, name: name, chain: ttl, isLinked: links > 0, isNoName: isNoName,
            isAuthoritative: isAuthoritative)
    }

    /// RFC 2308 §2: what tells "no such name" and "no such record" apart from a server that knows no better.
    private static func nothing(
        _ message: DNSBytes, from start: Int, count: Int, name: Int, chain: UInt32, isLinked: Bool, isNoName: Bool,
        isAuthoritative: Bool
    ) -> DNSAnswer {
        var ttl: UInt32?
        var hasNS = false
        let end = walk(message, from: start, count: count) { record in
            guard record.isIN else { return }
            if record.type == ns { hasNS = true }
            guard record.type == soa, ttl == nil, message.isDomain(record.owner, of: name),
                let minimum = minimum(message, record.data)
            else { return }
            // RFC 2308 §5.
            ttl = min(record.ttl, minimum, chain)
        }
        guard end != nil else { return DNSAnswer(isNoName ? .noName : .garbled) }
        if isNoName { return DNSAnswer(.noName, ttl: ttl) }
        // A referral, or a chain whose end the server did not look for.
        if ttl == nil, isLinked || (hasNS && !isAuthoritative) { return DNSAnswer(.garbled) }
        return DNSAnswer(.noAddress, ttl: ttl)
    }

    /// The CNAME record that `name` has.
    private static func target(_ message: DNSBytes, from start: Int, count: Int, of name: Int) -> Record? {
        var found: Record?
        _ = walk(message, from: start, count: count) { record in
            guard found == nil, record.type == cname, record.isIN, message.areEqual(record.owner, name) else { return }
            found = record
        }
        return found
    }

    /// Returns the offset after the records; nil = they are not as many, or not whole. Beyond `mostRecords` nothing is
    /// looked at, nor after them.
    private static func walk(
        _ message: DNSBytes, from start: Int, count: Int, _ each: (Record) -> Void
    ) -> Int? {
        var at = start
        for _ in 0..<min(count, mostRecords) {
            guard let name = message.afterName(at), let type = message.u16(name), let kind = message.u16(name + 2),
                let ttl = message.u32(name + 4), let length = message.u16(name + 8)
            else { return nil }
            let data = (name + 10)..<(name + 10 + Int(length))
            guard data.upperBound <= message.count else { return nil }
            // RFC 2181 §8.
            each(
                Record(
                    owner: at, type: type, isIN: kind == classIN, ttl: ttl > UInt32(Int32.max) ? 0 : ttl, data: data))
            at = data.upperBound
        }
        return count > mostRecords ? message.count : at
    }

    private static func address(_ message: DNSBytes, _ record: Record) -> IPAddress? {
        let at = record.data.lowerBound
        switch (record.type, record.data.count) {
        case (a, 4): return message.u32(at).map { IPAddress(v4: $0) }
        case (aaaa, 16):
            guard let high = message.u64(at), let low = message.u64(at + 8) else { return nil }
            return IPAddress(v6High: high, low: low)
        default: return nil
        }
    }

    /// An SOA record's last field.
    private static func minimum(_ message: DNSBytes, _ data: Range<Int>) -> UInt32? {
        guard let first = message.afterName(data.lowerBound), let second = message.afterName(first),
            second + 20 <= data.upperBound, let minimum = message.u32(second + 16)
        else { return nil }
        return minimum > UInt32(Int32.max) ? 0 : minimum
    }
}
