/// UTF-8 that was made of a document's bytes. What its encoding does not have became U+FFFD.
struct DecodedText {
    static let replacement: [UInt8] = [0xef, 0xbf, 0xbd]

    var bytes: [UInt8] = []
    /// Where in `bytes` false ones were, rising.
    var falseAt: [Int] = []

    mutating func append(_ part: some Sequence<UInt8>) { bytes.append(contentsOf: part) }

    mutating func appendFalse() {
        falseAt.append(bytes.count)
        bytes += Self.replacement
    }
}

/// Where in a document false bytes were, as far as it has been read. Asked about one stretch after the other, front to
/// back; it keeps only those ahead, and the last one passed.
struct FalseBytes {
    private var last = -1
    private var ahead: [Int] = []
    private var next = 0

    /// `offset` is larger than all before.
    mutating func note(_ offset: Int) { ahead.append(offset) }

    /// No question will begin before `offset` and end behind it, but for one that the last passed decides.
    mutating func pass(_ offset: Int) {
        while next < ahead.count, ahead[next] < offset {
            last = ahead[next]
            next += 1
        }
        guard next > 4096 || next == ahead.count else { return }
        ahead.removeFirst(next)
        next = 0
    }

    mutating func any(in range: Range<Int>) -> Bool {
        pass(range.upperBound)
        return last >= range.lowerBound
    }
}
