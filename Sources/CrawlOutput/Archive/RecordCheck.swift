/// Whether bytes that come piece by piece are one whole record, and where it ends. Nothing that they say is believed beyond
/// what is there: a disk that lost its power may hold anything. Pure.
struct RecordCheck {
    private enum Place {
        case head
        case block(left: Int64)
        case closing(seen: Int)
        case whole
        case bad
    }

    /// The longest head that can be ours has two URIs of 8 KiB.
    private static let headLimit = 64 << 10
    private static let start = Array("WARC/1.1\r\n".utf8)
    /// The end of the line before it with it.
    private static let blankLine = Array("\r\n\r\n".utf8)

    private var place = Place.head
    /// Bytes before the block, and of the block, as the head says; nil while the head is not whole.
    private(set) var extent: (head: Int, block: Int64)?
    private var head: [UInt8] = []
    private var digest: RunningDigest?
    private let comparesDigest: Bool

    /// `comparesDigest`: by WARC-Block-Digest, which every record of ours has. Of a gzip member its checksum has told already.
    init(comparesDigest: Bool) { self.comparesDigest = comparesDigest }

    var isWhole: Bool {
        if case .whole = place { true } else { false }
    }

    /// It is none, whatever follows.
    var isBad: Bool {
        if case .bad = place { true } else { false }
    }

    /// How many of `bytes` belong to it; fewer than given if it ends here, or is none.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) -> Int {
        var used = 0
        while used < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
            switch place {
            case .head: used += feedHead(rest)
            case .block(let left):
                let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(clamping: left)))
                digest?.update(part)
                used += part.count
                endBlock(left: left - Int64(part.count))
            case .closing(let seen):
                guard rest[0] == (seen % 2 == 0 ? 0x0D : 0x0A) else {
                    place = .bad
                    return used
                }
                used += 1
                place = seen == 3 ? .whole : .closing(seen: seen + 1)
            case .whole, .bad: return used
            }
        }
        return used
    }

    private mutating func endBlock(left: Int64) {
        guard left == 0 else {
            place = .block(left: left)
            return
        }
        if let digest, !has(field: "WARC-Block-Digest", digest.finish().text.utf8) {
            place = .bad
        } else {
            place = .closing(seen: 0)
        }
    }

    private mutating func feedHead(_ bytes: UnsafeRawBufferPointer) -> Int {
        for (i, byte) in bytes.enumerated() {
            let isBegun = head.count >= Self.start.count || byte == Self.start[head.count]
            guard isBegun, head.count < Self.headLimit else {
                place = .bad
                return i
            }
            head.append(byte)
            guard byte == 0x0A, head.suffix(4).elementsEqual(Self.blankLine) else { continue }
            guard let length = length() else {
                place = .bad
                return i
            }
            if comparesDigest {
                digest = value(of: "WARC-Block-Digest").map {
                    RunningDigest($0.starts(with: "sha256:".utf8) ? .sha256 : .sha1)
                }
                guard digest != nil else {
                    place = .bad
                    return i
                }
            }
            extent = (head.count, length)
            endBlock(left: length)
            return i + 1
        }
        return bytes.count
    }

    private func length() -> Int64? {
        guard let text = value(of: "Content-Length"), (1...18).contains(text.count),
            text.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return text.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    private func has(field: String, _ value: some Sequence<UInt8>) -> Bool {
        self.value(of: field)?.elementsEqual(value) ?? false
    }

    /// Of a field as we write it; nil = there is none.
    func value(of field: String) -> ArraySlice<UInt8>? {
        let wanted = Array("\(field): ".utf8)
        for line in head.split(separator: 0x0A) where line.starts(with: wanted) {
            return line.dropFirst(wanted.count).prefix { $0 != 0x0D }
        }
        return nil
    }
}
