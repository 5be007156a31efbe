import ControlAPI
import CrawlFrontier
import NIOCore

/// The result feed as lines of JSON, made piece by piece. Between two pieces nothing of it is kept but its place.
///
/// `@unchecked Sendable`: one task at a time asks for pieces, first the handler, then the body that it answers with.
final class ResultStream: @unchecked Sendable {
    /// What is wanted of it.
    struct Wish: Sendable {
        /// nil = from where the feed begins.
        var after: Int64?
        var filter = ResultFilter()
        /// Results at most.
        var limit = Int.max
        /// It does not end where the feed did when it was asked for.
        var follows = false
    }

    /// See `PagePieces`.
    private static var connectionBytes: Int { 64 * 1024 }
    private static var overhang: Int { 16 * 1024 }
    private static var mostRows: Int { 256 }

    private let control: any ResultControl
    private let wish: Wish
    private let room: ByteRoom
    private let pieceBytes: Int
    private var left: Int
    private var end: Int64?
    /// nil while nothing is being sent: who waits for news holds no room.
    private var share: ByteShare?
    /// All up to it was looked at.
    private(set) var cursor: Int64?
    /// There will be no more.
    private(set) var isAtEnd = false

    init(_ control: any ResultControl, _ wish: Wish, room: ByteRoom, pieceBytes: Int) {
        self.control = control
        self.wish = wish
        self.room = room
        self.pieceBytes = pieceBytes
        left = wish.limit
        cursor = wish.after
    }

    /// About `pieceBytes`, and at least a result; nil = there are no more, or, for who follows, none yet. Waits for room among
    /// other answers before it reads any, and throws if there is none for too long.
    func next() async throws -> ByteBuffer? {
        guard !isAtEnd else { return nil }
        let share = self.share ?? ByteShare(of: room, limit: .max, doubles: false)
        self.share = share
        try await share.hold(Self.connectionBytes + 2 * (pieceBytes + Self.overhang))
        while true {
            let read = try await control.results(
                after: cursor, wish.filter, limit: min(left, Self.mostRows), bytes: pieceBytes)
            cursor = read.next
            if end == nil, !wish.follows { end = read.head }
            left -= read.rows.count
            if left <= 0 || end.map({ read.next >= $0 }) ?? false { isAtEnd = true }
            if !read.rows.isEmpty { return try await piece(of: read.rows, share) }
            guard !isAtEnd, read.next < read.head else {
                self.share = nil
                return nil
            }
        }
    }

    private func piece(of rows: [ResultRecord], _ share: ByteShare) async throws -> ByteBuffer {
        var piece = ByteBuffer()
        for row in rows {
            piece.writeBytes(try ControlJSON.encode(row))
            piece.writeInteger(UInt8(ascii: "\n"))
        }
        // Few results are as large as a piece.
        try await share.hold(Self.connectionBytes + 2 * piece.readableBytes)
        return piece
    }
}
