internal import CrawlCoding

/// The body of a record for whoever wants to read the page: gzip and deflate undone, two of them at most and only those that the
/// head tells of; piece by piece, and no further than a limit.
///
/// Not for more than one thread at a time. It waits for the disk.
package final class PageBody {
    package enum End: Sendable, Hashable {
        case whole
        /// There is more than the limit.
        case limit
        /// A content coding ends early, or is broken: what came out is the beginning of something.
        case coding
    }

    /// Codings that what comes out still has, in the order in which they were applied.
    package let codings: [String]
    /// nil while there is more.
    package private(set) var end: End?

    private let reader: RecordReader
    private let limit: Int
    private let undone: Int
    private let saysDeflate: Bool
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 16)
    /// nil = the body is given as it came.
    private var decoder: BodyDecoder?
    private var given = 0
    private var isInputOver = false

    /// - Parameters:
    ///   - head: the record's, or that of the revisit which leads to it.
    ///   - isRaw: nothing is undone.
    ///   - limit: bytes that come out at most.
    package init(_ reader: RecordReader, _ head: AnswerHead, isRaw: Bool, limit: Int) {
        self.reader = reader
        self.limit = max(0, limit)
        undone = isRaw ? 0 : head.undoable
        codings = Array(head.codings.dropLast(undone))
        saysDeflate = head.codings.suffix(undone).contains("deflate")
        begin()
    }

    deinit { room.deallocate() }

    package func rewind() {
        reader.rewind()
        begin()
    }

    private func begin() {
        given = 0
        end = nil
        isInputOver = false
        decoder =
            undone == 0
            ? nil : BodyDecoder(limit: limit, layers: undone, bare: saysDeflate ? .likely : .no)
    }

    /// 0 = it is over, and `end` says how. `room` has room for a byte at least.
    package func read(into room: UnsafeMutableRawBufferPointer) throws(ReadFailure) -> Int {
        guard end == nil else { return 0 }
        let count = if let decoder { try read(decoder, into: room) } else { try readRaw(into: room) }
        given += count
        return count
    }

    private func readRaw(into room: UnsafeMutableRawBufferPointer) throws(ReadFailure) -> Int {
        guard given < limit else {
            // One more tells whether it ends here.
            end = try reader.read(into: .init(rebasing: self.room[..<1])) == 0 ? .whole : .limit
            return 0
        }
        let count = try reader.read(into: .init(rebasing: room.prefix(limit - given)))
        if count == 0 { end = .whole }
        return count
    }

    private func read(_ decoder: BodyDecoder, into room: UnsafeMutableRawBufferPointer) throws(ReadFailure) -> Int {
        while true {
            switch decoder.read(into: room) {
            case .bytes(let count): return count
            case .hungry:
                let count = try reader.read(into: self.room)
                if count == 0 {
                    // Said twice it would be asked for ever.
                    guard !isInputOver else {
                        end = .coding
                        return 0
                    }
                    isInputOver = true
                    decoder.endInput()
                } else {
                    decoder.provide(UnsafeRawBufferPointer(rebasing: self.room[..<count]))
                }
            case .end(let how):
                end =
                    switch how {
                    case .whole: .whole
                    case .overLimit: .limit
                    case .cut, .damaged: .coding
                    }
                return 0
            }
        }
    }
}
