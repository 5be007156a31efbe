import CrawlCoding

/// Bytes from the command line, a file or standard input, never more than a piece in memory. What begins as gzip is
/// inflated, and a byte-order mark is passed over: editors write one, and it is part of no URL or object.
final class ByteSource {
    private var pending: [UInt8]
    private let raw: RawInput?
    private var decoder: BodyDecoder?
    private var isAtStart = true

    let name: String

    /// Why it ends before its end; nil = it does not.
    private(set) var fault: String?

    /// The URLs given as arguments, one a line.
    convenience init(urls: [String]) { self.init(bytes: Array(urls.map { $0 + "\n" }.joined().utf8)) }

    /// What the command line was turned into.
    init(bytes: [UInt8]) {
        pending = bytes
        raw = nil
        name = "the command line"
        isAtStart = false
    }

    /// `-` is standard input.
    init(path: String, isInterrupted: @escaping () -> Bool = { false }) throws(CtlFailure) {
        let raw = try RawInput(path: path)
        raw.isInterrupted = isInterrupted
        self.raw = raw
        pending = []
        name = raw.name
    }

    /// How much was read, of how much; nil = that is not known.
    var progress: (read: Int64, of: Int64)? {
        guard let raw, let size = raw.size else { return nil }
        return (raw.position, size)
    }

    /// Its end is where it was meant to be: a file has all its bytes, and gzip says itself where it ends. A pipe ends, too,
    /// when what fills it dies.
    var hasSureEnd: Bool {
        guard let raw else { return true }
        return fault == nil && !raw.isInterrupted() && (raw.size != nil || decoder != nil)
    }

    /// At most `max` bytes; empty at the end only.
    func read(_ max: Int) throws(CtlFailure) -> [UInt8] {
        if pending.isEmpty { return try readOn(max) }
        let part = Array(pending.prefix(max))
        pending.removeFirst(part.count)
        return part
    }

    /// What it begins with, without taking it: with the first byte that is no white space and some behind it, if there
    /// are any in the first 64 KiB.
    func head() throws(CtlFailure) -> [UInt8] {
        while pending.count < 64 << 10 {
            let text = pending.drop { InputKind.isBlank($0) }
            if text.count >= 4 || text.contains(UInt8(ascii: "\n")) { break }
            let more = try readOn(4096)
            guard !more.isEmpty else { break }
            pending += more
        }
        return pending
    }

    // MARK: Below

    private func readOn(_ max: Int) throws(CtlFailure) -> [UInt8] {
        guard isAtStart else { return try readDecoded(max) }
        isAtStart = false
        var head = try readRaw(max)
        // A pipe may give it byte by byte.
        while head.count < Self.gzip.count, !head.isEmpty, Self.gzip.starts(with: head) || Self.mark.starts(with: head)
        {
            let more = try readRaw(Self.gzip.count - head.count)
            guard !more.isEmpty else { break }
            head += more
        }
        if head.starts(with: Self.gzip) {
            let decoder = BodyDecoder(limit: .max, layers: 1)
            head.withUnsafeBytes { decoder.provide($0) }
            self.decoder = decoder
            head = try readDecoded(max)
            while head.count < Self.mark.count, !head.isEmpty, Self.mark.starts(with: head) {
                let more = try readDecoded(Self.mark.count - head.count)
                guard !more.isEmpty else { break }
                head += more
            }
        }
        guard head.starts(with: Self.mark) else { return head }
        head.removeFirst(Self.mark.count)
        return head.isEmpty ? try readDecoded(max) : head
    }

    private static let gzip: [UInt8] = [0x1F, 0x8B, 0x08]
    /// U+FEFF as UTF-8.
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private func readDecoded(_ max: Int) throws(CtlFailure) -> [UInt8] {
        guard let decoder else { return try readRaw(max) }
        var room = [UInt8](repeating: 0, count: max)
        while true {
            switch room.withUnsafeMutableBytes({ decoder.read(into: $0) }) {
            case .bytes(let count): return Array(room.prefix(count))
            case .hungry:
                let more = try readRaw(max)
                more.withUnsafeBytes { decoder.provide($0) }
                if more.isEmpty { decoder.endInput() }
            case .end(let end):
                if end != .whole, raw?.isInterrupted() != true {
                    fault = end == .cut ? "gzip that ends before it is complete" : "gzip that is damaged"
                }
                return []
            }
        }
    }

    private func readRaw(_ max: Int) throws(CtlFailure) -> [UInt8] { try raw?.read(max) ?? [] }
}
