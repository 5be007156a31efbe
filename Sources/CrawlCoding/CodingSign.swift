/// What the first bytes of a body say about how it is coded. Labels are not believed: they are missing, false, doubled
/// and misspelled in the wild. Pure.
///
/// | begins with | is |
/// |---|---|
/// | 1f 8b 08 | gzip (RFC 1952 §2.3.1): no text begins so |
/// | a header of RFC 1950 §2.2, is no text in UTF-8, and inflates | zlib, which HTTP calls deflate (RFC 9110 §8.4.1.2) |
/// | anything, is no text in UTF-8 or Latin-1, may be such, and inflates without a fault | DEFLATE without a frame, which many servers send; see `BareDeflate` |
/// | else | what it is |
enum CodingSign {
    /// So much of a body is looked at before an answer that only a trial can give.
    static let headBytes = 4096
    static let gzip: [UInt8] = [0x1F, 0x8B, 0x08]

    enum Telling: Equatable {
        /// More of the body has to be seen.
        case open
        case plain
        case coded(Inflater.Frame)
    }

    /// `isAll`: nothing follows `head`.
    static func tell(_ head: UnsafeRawBufferPointer, isAll: Bool, bare: BareDeflate) -> Telling {
        guard let first = head.first else { return isAll ? .plain : .open }
        if head.starts(with: gzip) { return .coded(.gzip) }
        if head.count < gzip.count, gzip.starts(with: head) { return isAll ? .coded(.gzip) : .open }
        if head.count == 1, mayBeginZlib(first), !isAll { return .open }
        let isZlib = hasZlibHeader(head)
        guard isZlib || bare != .no else { return .plain }
        guard isAll || head.count >= headBytes else { return .open }
        // In whatever pieces it came.
        let mustEnd = bare == .ifWhole && head.count < headBytes
        let head = UnsafeRawBufferPointer(rebasing: head.prefix(headBytes))
        guard hasNoControls(head), isUTF8(head) || !isZlib && !hasC1(head) else {
            if isZlib, inflates(head, .zlib) { return .coded(.zlib) }
            guard bare != .no, inflates(head, .bare, mustEnd: mustEnd, mayEndBefore: bare == .likely) else {
                return .plain
            }
            return .coded(.bare)
        }
        return .plain
    }

    /// The method DEFLATE and a window of at most 32 KiB.
    private static func mayBeginZlib(_ first: UInt8) -> Bool { first & 0x0F == 8 && first >> 4 <= 7 }

    /// The check of its two bytes is right, and it needs no dictionary.
    private static func hasZlibHeader(_ head: UnsafeRawBufferPointer) -> Bool {
        guard head.count >= 2 else { return false }
        let both = UInt16(head[0]) << 8 | UInt16(head[1])
        return mayBeginZlib(head[0]) && both % 31 == 0 && both & 0x20 == 0
    }

    /// But those of blanks and lines.
    private static func hasNoControls(_ head: UnsafeRawBufferPointer) -> Bool {
        head.allSatisfy { $0 >= 0x20 || (0x09...0x0D).contains($0) }
    }

    /// The controls of Latin-1, as which one in eight of coded bytes appears, and no text has any.
    private static func hasC1(_ head: UnsafeRawBufferPointer) -> Bool {
        head.contains { (0x7F...0x9F).contains($0) }
    }

    /// A character that the end of `head` cuts is none.
    private static func isUTF8(_ head: UnsafeRawBufferPointer) -> Bool {
        for cut in 0...min(3, head.count)
        where String(validating: head.dropLast(cut), as: UTF8.self) != nil {
            return true
        }
        return false
    }

    /// All of it may be the begin of such a stream. A damaged one is still one if it has a header that says so and
    /// something came out. `mustEnd`: it is all of the stream. `mayEndBefore`: other bytes may follow it.
    private static func inflates(
        _ head: UnsafeRawBufferPointer, _ frame: Inflater.Frame, mustEnd: Bool = false, mayEndBefore: Bool = true
    ) -> Bool {
        guard let inflater = Inflater(frame) else { return false }
        return withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { scratch in
            var used = 0
            var hasOutput = false
            while true {
                let progress = inflater.run(UnsafeRawBufferPointer(rebasing: head[used...]), into: scratch)
                used += progress.consumed
                hasOutput = hasOutput || progress.produced > 0
                switch progress.state {
                case .ended: return mayEndBefore || mustEnd && used == head.count
                case .damaged: return frame == .zlib && hasOutput
                case .open where used == head.count && progress.produced < scratch.count: return !mustEnd
                case .open: continue
                }
            }
        }
    }
}
