/// The content codings of a body (RFC 9110 §8.4), undone piece by piece: gzip and deflate, told by the bytes, labelled or
/// not. What is neither comes out as it went in: a body with an unknown or a false label is still there to be read.
///
/// Bytes from strangers: memory is constant, time grows with what goes in and comes out, and both are bounded, between
/// two layers too, so that no bomb and no stream of nothing goes further than the limit.
///
/// Pushed, or pulled where the output of one piece may not be taken all at once:
/// ```swift
/// let decoder = BodyDecoder(limit: 500 << 10)
/// if let end = decoder.feed(bytes, { text += $0 }) { … }      // end of the body: decoder.finish { text += $0 }
///
/// decoder.provide(bytes)                                      // end of the body: decoder.endInput()
/// while case .bytes(let count) = decoder.read(into: buffer) { … }
/// ```
/// Not for more than one thread at a time.
package final class BodyDecoder {
    package enum Step: Sendable, Hashable {
        /// So many bytes came out; at least one.
        case bytes(Int)
        /// All input is used up: more is needed, or its end.
        case hungry
        /// Nothing more comes out; said again at every call. Input that is left does not matter.
        case end(CodingEnd)
    }

    private static let pieceBytes = 16 << 10

    private let limit: Int
    private let stageLimit: Int
    /// In the order in which they are undone.
    private let layers: [CodingLayer]
    /// What a layer passes to the next one.
    private let passing: UnsafeMutableRawBufferPointer
    private var passed: [Int]
    private var produced = 0
    /// A layer before the last did not end well.
    private var fault: CodingEnd?
    private var end: CodingEnd?

    /// `limit`: bytes that come out at most. What goes in, and what passes between layers, is at most an eighth and 64
    /// KiB more: a coding makes nothing larger than that. `layers`: codings undone at most, one within another.
    package init(limit: Int, layers: Int = 2, bare: BareDeflate = .no) {
        self.limit = min(max(0, limit), .max / 2)
        stageLimit = self.limit + (self.limit >> 3) + (64 << 10)
        self.layers = (0..<max(1, layers)).map { _ in CodingLayer(bare: bare) }
        passing = .allocate(byteCount: Self.pieceBytes * (self.layers.count - 1), alignment: 1)
        passed = Array(repeating: 0, count: self.layers.count)
    }

    deinit { passing.deallocate() }

    /// A value of Content-Encoding has deflate among its codings.
    package static func saysDeflate(_ value: some Sequence<UInt8>) -> Bool {
        value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: true).contains {
            $0.filter { $0 > 0x20 }.map { $0 | 0x20 }.elementsEqual("deflate".utf8)
        }
    }

    // MARK: Pulled

    /// Only when it is hungry.
    package func provide(_ bytes: UnsafeRawBufferPointer) {
        guard end == nil else { return }
        pass(bytes, to: 0)
    }

    /// Nothing more is provided.
    package func endInput() { layers[0].endInput() }

    /// `output` has room for a byte at least.
    package func read(into output: UnsafeMutableRawBufferPointer) -> Step {
        if let end { return .end(end) }
        var step: Step
        if produced < limit {
            step = pull(layers.count - 1, into: .init(rebasing: output.prefix(limit - produced)))
        } else {
            // Whether it ends here.
            var byte: UInt8 = 0
            step = withUnsafeMutableBytes(of: &byte) { pull(layers.count - 1, into: $0) }
            if case .bytes = step { step = .end(.overLimit) }
        }
        switch step {
        case .bytes(let count): produced += count
        case .hungry: break
        case .end(let last):
            let whole = last == .whole ? fault ?? .whole : last
            end = whole
            step = .end(whole)
        }
        return step
    }

    // MARK: Pushed

    /// nil = it goes on. `take` gets what comes out, in pieces.
    package func feed(_ bytes: UnsafeRawBufferPointer, _ take: (UnsafeRawBufferPointer) -> Void) -> CodingEnd? {
        provide(bytes)
        return drain(take)
    }

    /// The body ends here.
    package func finish(_ take: (UnsafeRawBufferPointer) -> Void) -> CodingEnd {
        endInput()
        return drain(take) ?? .cut
    }

    private func drain(_ take: (UnsafeRawBufferPointer) -> Void) -> CodingEnd? {
        withUnsafeTemporaryAllocation(byteCount: Self.pieceBytes, alignment: 1) { output in
            while true {
                switch read(into: output) {
                case .bytes(let count): take(UnsafeRawBufferPointer(rebasing: output.prefix(count)))
                case .hungry: return nil
                case .end(let end): return end
                }
            }
        }
    }

    // MARK: Layers

    private func pull(_ index: Int, into output: UnsafeMutableRawBufferPointer) -> Step {
        while true {
            switch layers[index].read(into: output) {
            case .bytes(let count): return .bytes(count)
            case .end(let end): return .end(end)
            case .hungry: break
            }
            guard passed[index] <= stageLimit else { return .end(.overLimit) }
            guard index > 0 else { return .hungry }
            let start = Self.pieceBytes * (index - 1)
            let piece = UnsafeMutableRawBufferPointer(rebasing: passing[start..<(start + Self.pieceBytes)])
            switch pull(index - 1, into: piece) {
            case .bytes(let count): pass(UnsafeRawBufferPointer(rebasing: piece.prefix(count)), to: index)
            case .hungry: return .hungry
            case .end(.overLimit): return .end(.overLimit)
            case .end(let end):
                if end != .whole { fault = fault ?? end }
                layers[index].endInput()
            }
        }
    }

    private func pass(_ bytes: UnsafeRawBufferPointer, to index: Int) {
        passed[index] += bytes.count
        layers[index].provide(bytes)
    }
}
