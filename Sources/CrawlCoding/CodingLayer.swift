/// One coding of a body, or none: told by its first bytes, then undone piece by piece.
///
/// gzip members that follow one another are one body (RFC 1952 §2.2). Other bytes behind the last member, or behind a
/// zlib stream, are ignored, as gzip and browsers do.
final class CodingLayer {
    enum Step: Equatable {
        /// So many bytes came out; at least one.
        case bytes(Int)
        /// All input is used up.
        case hungry
        case end(CodingEnd)
    }

    private enum Mode {
        case untold
        case plain
        case coded(Inflater, Inflater.Frame)
        case betweenMembers(Inflater)
        case ended(CodingEnd)
    }

    private let bare: BareDeflate
    private var mode = Mode.untold
    private var input: [UInt8] = []
    private var used = 0
    private var isInputOver = false
    /// The room for output was used up, so zlib may hold more.
    private var mayHoldMore = false

    init(bare: BareDeflate) { self.bare = bare }

    /// Only when it is hungry: what it has not used of the input before stays in front, which is little.
    func provide(_ bytes: UnsafeRawBufferPointer) {
        input.removeFirst(used)
        used = 0
        input += bytes
    }

    func endInput() { isInputOver = true }

    /// `output` has room for a byte at least.
    func read(into output: UnsafeMutableRawBufferPointer) -> Step {
        while true {
            switch mode {
            case .untold:
                switch input.withUnsafeBytes({
                    CodingSign.tell($0, isAll: isInputOver, bare: bare)
                }) {
                case .open: return .hungry
                case .plain: mode = .plain
                case .coded(let frame): mode = Inflater(frame).map { .coded($0, frame) } ?? .ended(.damaged)
                }
            case .plain:
                let count = min(input.count - used, output.count)
                guard count == 0 else {
                    input.withUnsafeBytes { output.copyMemory(from: .init(rebasing: $0[used..<(used + count)])) }
                    used += count
                    return .bytes(count)
                }
                guard isInputOver else { return .hungry }
                mode = .ended(.whole)
            case .coded(let inflater, let frame):
                guard used < input.count || mayHoldMore else {
                    guard isInputOver else { return .hungry }
                    mode = .ended(.cut)
                    continue
                }
                let made = inflate(inflater, frame, into: output)
                if made > 0 { return .bytes(made) }
            case .betweenMembers(let inflater):
                let rest = input[used...]
                if rest.starts(with: CodingSign.gzip) {
                    inflater.reset()
                    mode = .coded(inflater, .gzip)
                } else if CodingSign.gzip.starts(with: rest) {
                    guard isInputOver else { return .hungry }
                    mode = .ended(rest.isEmpty ? .whole : .cut)
                } else {
                    mode = .ended(.whole)
                }
            case .ended(let end):
                return .end(end)
            }
        }
    }

    private func inflate(
        _ inflater: Inflater, _ frame: Inflater.Frame, into output: UnsafeMutableRawBufferPointer
    ) -> Int {
        let progress = input.withUnsafeBytes {
            inflater.run(UnsafeRawBufferPointer(rebasing: $0[used...]), into: output)
        }
        used += progress.consumed
        mayHoldMore = progress.state == .open && progress.produced == output.count
        switch progress.state {
        case .open: break
        case .ended: mode = frame == .gzip ? .betweenMembers(inflater) : .ended(.whole)
        case .damaged: mode = .ended(.damaged)
        }
        return progress.produced
    }
}
