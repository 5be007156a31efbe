internal import CrawlCoding

/// A document's bytes in pieces of at most 64 KiB, their codings undone: gzip and deflate, told by the bytes, as neither a
/// name nor a header can be relied upon.
struct SitemapBytes {
    enum Piece {
        case bytes(ArraySlice<UInt8>)
        case end
        case fault(SitemapFault)
    }

    static let pieceBytes = 64 << 10

    /// The next bytes as they are stored; empty at the end.
    private let source: () throws -> [UInt8]
    private let limit: Int
    private var started: BodyDecoder?
    private var buffer = [UInt8](repeating: 0, count: pieceBytes)

    /// `limit`: bytes that come out at most, and one more where there are more.
    init(limit: Int, source: @escaping () throws -> [UInt8]) {
        self.source = source
        self.limit = limit
    }

    /// What is no text is no sitemap: a stream without a frame is worth a look. But UTF-16 is no text by its bytes either.
    private mutating func start() throws -> BodyDecoder {
        var head: [UInt8] = []
        var isAll = false
        while head.count < 4, !isAll {
            let more = try source()
            isAll = more.isEmpty
            head += more
        }
        let isWide = head.prefix(4).contains(0) || [[0xfe, 0xff], [0xff, 0xfe]].contains { head.starts(with: $0) }
        let decoder = BodyDecoder(limit: limit + 1, bare: isWide ? .no : .likely)
        head.withUnsafeBytes { decoder.provide($0) }
        if isAll { decoder.endInput() }
        started = decoder
        return decoder
    }

    mutating func next() throws -> Piece {
        let decoder = try started ?? start()
        while true {
            switch buffer.withUnsafeMutableBytes({ decoder.read(into: $0) }) {
            case .bytes(let count): return .bytes(buffer[..<count])
            case .hungry:
                let more = try source()
                if more.isEmpty { decoder.endInput() } else { more.withUnsafeBytes { decoder.provide($0) } }
            case .end(.whole): return .end
            case .end(.cut): return .fault(.truncated)
            case .end(.damaged): return .fault(.badGzip)
            case .end(.overLimit): return .fault(.tooLarge)
            }
        }
    }
}
