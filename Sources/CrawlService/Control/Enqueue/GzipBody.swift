import ControlAPI
import CrawlCoding
import NIOCore

/// A body with `Content-Encoding: gzip`, undone piece by piece: what a client may make us inflate is bounded, by size and
/// by how much of it comes out of how little.
struct GzipBody {
    private let limits: ControlLimits
    private let decoder: BodyDecoder
    private var head: [UInt8] = []
    private var received = 0
    private var produced = 0
    private var isOver = false

    private static let sign: [UInt8] = [0x1F, 0x8B, 0x08]
    private static let pieceBytes = 64 * 1024

    init(limits: ControlLimits) {
        self.limits = limits
        // One layer: a gzip file within a gzip body is no list of URLs.
        decoder = BodyDecoder(limit: limits.gzipBody, layers: 1)
    }

    /// What comes next of the body; nil = this chunk is used up. Call `take` with the chunk once before.
    mutating func next() throws(ControlError) -> ByteBuffer? {
        guard !isOver else { return nil }
        var piece = ByteBuffer()
        var step = BodyDecoder.Step.hungry
        piece.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.pieceBytes) { room in
            step = decoder.read(into: UnsafeMutableRawBufferPointer(rebasing: room.prefix(Self.pieceBytes)))
            if case .bytes(let count) = step { return count }
            return 0
        }
        switch step {
        case .bytes(let count):
            produced += count
            guard produced <= limits.gzipAllowance || produced / limits.gzipRatio <= received else {
                throw tooLarge("a gzip body that inflates to more than \(limits.gzipRatio) times its size is not read")
            }
            return piece
        case .hungry: return nil
        case .end(.whole):
            isOver = true
            return nil
        case .end(.overLimit): throw tooLarge("a gzip body has at most \(limits.gzipBody) bytes when it is inflated")
        case .end(.cut): throw broken("the gzip body ends before it is complete")
        case .end(.damaged): throw broken("the gzip body is damaged")
        }
    }

    mutating func take(_ chunk: ByteBuffer) throws(ControlError) {
        received += chunk.readableBytes
        if head.count < Self.sign.count {
            head += chunk.readableBytesView.prefix(Self.sign.count - head.count)
            guard Self.sign.starts(with: head) else { throw notGzip }
        }
        chunk.withUnsafeReadableBytes { decoder.provide($0) }
    }

    /// The body has come; what is left of it comes out of `next`.
    mutating func end() throws(ControlError) {
        guard head.count == Self.sign.count else { throw notGzip }
        decoder.endInput()
    }

    private var notGzip: ControlError {
        broken("Content-Encoding says gzip, and the body is none")
    }

    private func broken(_ detail: String) -> ControlError {
        ControlError(status: 400, code: ProblemCode.badRequest, detail: detail)
    }

    private func tooLarge(_ detail: String) -> ControlError {
        ControlError(
            status: 413, code: ProblemCode.tooLarge, detail: detail, hint: "send it in parts, or as it is: zcat")
    }
}
