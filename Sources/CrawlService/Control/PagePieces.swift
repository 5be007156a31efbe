import ControlAPI
import NIOCore

/// A page as lines of JSON, made piece by piece. Between two pieces nothing of it is kept but the numbers of its rows.
///
/// `@unchecked Sendable`: one task at a time asks for pieces, first the handler, then the body that it answers with.
final class PagePieces<Row: Encodable & Sendable>: @unchecked Sendable {
    /// A writer returns while the connection still holds so much of what it was given (NIO's high water mark), and another
    /// piece; one more is being made meanwhile.
    private static var connectionBytes: Int { 64 * 1024 }
    /// By how much the last row, if it is as most are, may make a piece too large.
    private static var overhang: Int { 16 * 1024 }
    /// Short ones, of one look: a piece of them is made in some.
    private static var mostRows: Int { 256 }

    private let page: Page<Row>
    private let pieceBytes: Int
    private let share: ByteShare
    private var done = 0

    init(_ page: Page<Row>, pieceBytes: Int, share: ByteShare) {
        self.page = page
        self.pieceBytes = pieceBytes
        self.share = share
    }

    var isAtEnd: Bool { done == page.count }

    /// About `pieceBytes`, and at least a row: it ends with the one that passes them. nil = there are no more. Waits for
    /// room among other answers before it reads any, and throws if there is none for too long.
    func next() async throws -> ByteBuffer? {
        guard !isAtEnd else { return nil }
        try await share.hold(Self.connectionBytes + 2 * (pieceBytes + Self.overhang))
        var piece = ByteBuffer()
        while !isAtEnd, piece.readableBytes < pieceBytes {
            let places = done..<min(done + Self.mostRows, page.count)
            let read = try await page.read(places, pieceBytes - piece.readableBytes)
            for row in read.rows {
                piece.writeBytes(try ControlJSON.encode(row))
                piece.writeInteger(UInt8(ascii: "\n"))
            }
            done += min(max(1, read.taken), places.count)
        }
        // Few rows are as large as a piece.
        try await share.hold(Self.connectionBytes + 2 * piece.readableBytes)
        return piece
    }
}
