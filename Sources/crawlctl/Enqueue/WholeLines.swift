/// Passes bytes on up to the end of a line, and keeps the rest: an input that ends in the middle of one, or is made to, has
/// half a URL there, which is another URL.
struct WholeLines {
    enum Ending: Equatable {
        /// To send; empty = there is nothing.
        case rest([UInt8])
        /// Not to be sent: what stands in the last line, whose number that is.
        case dropped(line: Int, text: [UInt8])
    }

    private(set) var newlines = 0
    private var held: [UInt8] = []
    /// Of the line that has not ended, some was passed on: it is too long for the daemon, ended or not.
    private var isPassing = false

    /// A longer line is refused by the daemon.
    static let maxLine = 64 << 10

    mutating func add(_ bytes: [UInt8]) -> [UInt8] {
        guard let last = bytes.lastIndex(of: UInt8(ascii: "\n")) else {
            held += bytes
            guard isPassing || held.count > Self.maxLine else { return [] }
            isPassing = true
            return take()
        }
        newlines += bytes.count { $0 == UInt8(ascii: "\n") }
        isPassing = false
        let out = take() + bytes[...last]
        held = Array(bytes[(last + 1)...])
        guard held.count > Self.maxLine else { return out }
        isPassing = true
        return out + take()
    }

    /// `isSure`: the input ends where it was meant to. `mayBeOnly`: the only line of all needs no end.
    mutating func finish(isSure: Bool, mayBeOnly: Bool) -> Ending {
        let rest = take()
        let isBlank = rest.allSatisfy { InputKind.isBlank($0) }
        guard !isSure, !isPassing, !isBlank, newlines > 0 || !mayBeOnly else { return .rest(rest) }
        return .dropped(line: newlines + 1, text: rest)
    }

    private mutating func take() -> [UInt8] {
        defer { held = [] }
        return held
    }
}
