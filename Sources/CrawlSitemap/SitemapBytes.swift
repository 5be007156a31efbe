/// A document's bytes in pieces of at most 64 KiB, undone if it is a gzip file: told by its first two bytes, as neither
/// its name nor its Content-Type can be relied upon.
struct SitemapBytes {
    enum Piece {
        case bytes(ArraySlice<UInt8>)
        case end
        case fault(SitemapFault)
    }

    static let pieceBytes = 64 << 10

    /// The next bytes as they are stored; empty at the end.
    private let source: () throws -> [UInt8]
    private var isBegun = false
    private var pending: ArraySlice<UInt8> = []
    private var gunzip: Gunzip?
    private var buffer: [UInt8] = []

    init(source: @escaping () throws -> [UInt8]) { self.source = source }

    mutating func next() throws -> Piece {
        if !isBegun { try begin() }
        if let gunzip { return try next(gunzip) }
        if pending.isEmpty { pending = try source()[...] }
        let piece = pending.prefix(Self.pieceBytes)
        pending = pending.dropFirst(piece.count)
        return piece.isEmpty ? .end : .bytes(piece)
    }

    private mutating func begin() throws {
        isBegun = true
        var first: [UInt8] = []
        while first.count < Gunzip.magic.count {
            let more = try source()
            if more.isEmpty { break }
            first += more
        }
        if first.starts(with: Gunzip.magic), let gunzip = Gunzip() {
            gunzip.provide(first)
            self.gunzip = gunzip
            buffer = [UInt8](repeating: 0, count: Self.pieceBytes)
        } else {
            pending = first[...]
        }
    }

    private mutating func next(_ gunzip: Gunzip) throws -> Piece {
        while true {
            switch buffer.withUnsafeMutableBufferPointer({ gunzip.read(into: $0) }) {
            case .bytes(0): continue
            case .bytes(let count): return .bytes(buffer[..<count])
            case .end: return .end
            case .damaged: return .fault(.badGzip)
            case .hungry:
                let more = try source()
                if more.isEmpty { return gunzip.isWhole ? .end : .fault(.truncated) }
                gunzip.provide(more)
            }
        }
    }
}
