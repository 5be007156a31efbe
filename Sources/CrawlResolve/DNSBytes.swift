/// A message of RFC 1035 §4, read with every offset checked: whatever the bytes are, a read gives nil or what is there.
struct DNSBytes {
    /// Most pointers in one name (RFC 1035 §4.1.4); each has to lead to an earlier place besides.
    static let mostPointers = 32
    /// Most bytes of a name, the length bytes included (RFC 1035 §3.1).
    static let longestName = 255

    let bytes: UnsafeRawBufferPointer

    var count: Int { bytes.count }

    @inline(__always)
    func u8(_ at: Int) -> UInt8? { at < bytes.count ? bytes[at] : nil }

    @inline(__always)
    func u16(_ at: Int) -> UInt16? {
        guard at + 2 <= bytes.count else { return nil }
        return UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1])
    }

    @inline(__always)
    func u32(_ at: Int) -> UInt32? {
        guard at + 4 <= bytes.count else { return nil }
        return UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16 | UInt32(bytes[at + 2]) << 8
            | UInt32(bytes[at + 3])
    }

    @inline(__always)
    func u64(_ at: Int) -> UInt64? {
        guard let high = u32(at), let low = u32(at + 4) else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }

    /// A record's or question's name ends before this offset; nil = it is none.
    func afterName(_ start: Int) -> Int? {
        var at = start
        while let length = u8(at) {
            switch length {
            case 0: return at + 1
            case 1..<0x40: at += 1 + Int(length)
            case 0xC0...: return at + 2 <= bytes.count ? at + 2 : nil
            default: return nil
            }
            if at - start > Self.longestName { return nil }
        }
        return nil
    }

    /// Walks the labels of a name, pointers followed.
    struct Labels {
        private var at: Int
        private var pointers = 0
        private var size = 0
        /// What was met is no name.
        private(set) var isBroken = false

        init(_ start: Int) { at = start }

        /// Where the next label's bytes are; nil = the name has ended, or is broken.
        mutating func next(_ message: DNSBytes) -> Range<Int>? {
            while let length = message.u8(at) {
                switch length {
                case 0: return nil
                case 1..<0x40:
                    let label = (at + 1)..<(at + 1 + Int(length))
                    size += 1 + Int(length)
                    guard label.upperBound <= message.count, size < DNSBytes.longestName else { return fail() }
                    at = label.upperBound
                    return label
                case 0xC0...:
                    pointers += 1
                    guard let pointer = message.u16(at), pointers <= DNSBytes.mostPointers else { return fail() }
                    let target = Int(pointer & 0x3FFF)
                    guard target < at else { return fail() }
                    at = target
                default: return fail()
                }
            }
            return fail()
        }

        /// The rest of the name is the same bytes of the message.
        func isAt(samePlaceAs other: Labels) -> Bool { at == other.at }

        private mutating func fail() -> Range<Int>? {
            isBroken = true
            return nil
        }
    }

    /// The names at two offsets are the same but for case (RFC 4343).
    func areEqual(_ a: Int, _ b: Int) -> Bool {
        if a == b { return true }
        var (left, right) = (Labels(a), Labels(b))
        while true {
            let (one, other) = (left.next(self), right.next(self))
            guard let one, let other else {
                return one == nil && other == nil && !left.isBroken && !right.isBroken
            }
            // Both went on to the same bytes.
            if one == other, left.isAt(samePlaceAs: right) { return true }
            guard areEqual(one, other) else { return false }
        }
    }

    private func areEqual(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
        guard a.count == b.count else { return false }
        for i in 0..<a.count where lower(bytes[a.lowerBound + i]) != lower(bytes[b.lowerBound + i]) { return false }
        return true
    }

    /// The name at an offset is `host`, which is in lower case.
    func isName(_ start: Int, _ host: UnsafeBufferPointer<UInt8>) -> Bool {
        var labels = Labels(start)
        var at = 0
        while let label = labels.next(self) {
            if at > 0 {
                guard at < host.count, host[at] == UInt8(ascii: ".") else { return false }
                at += 1
            }
            guard at + label.count <= host.count else { return false }
            for i in 0..<label.count where lower(bytes[label.lowerBound + i]) != host[at + i] { return false }
            at += label.count
        }
        return !labels.isBroken && at == host.count
    }

    /// The name at `domain` is the one at `name`, or an ancestor of it.
    func isDomain(_ domain: Int, of name: Int) -> Bool {
        guard let above = depth(domain), let below = depth(name), above <= below else { return false }
        var (ancestor, labels) = (Labels(domain), Labels(name))
        for _ in 0..<(below - above) { _ = labels.next(self) }
        while let one = ancestor.next(self), let other = labels.next(self) {
            guard areEqual(one, other) else { return false }
        }
        return true
    }

    private func depth(_ start: Int) -> Int? {
        var labels = Labels(start)
        var depth = 0
        while labels.next(self) != nil { depth += 1 }
        return labels.isBroken ? nil : depth
    }

    @inline(__always)
    private func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}
