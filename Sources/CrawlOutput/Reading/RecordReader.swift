package import CrawlCore

/// What the head of a `response` or `revisit` says, as far as somebody asks.
package struct RecordFacts: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case response
        /// The body stands in the record of `originalURI`.
        case revisit
    }

    package var kind: Kind
    /// WARC-Target-URI.
    package var targetURI: [UInt8]
    /// WARC-Refers-To-Target-URI; nil = none.
    package var originalURI: [UInt8]?
    /// WARC-Date; nil = none that can be read.
    package var date: Instant?
    /// WARC-Payload-Digest: of a revisit that of what it refers to.
    package var payloadDigest: [UInt8]?
    /// WARC-Truncated; nil = the body came whole.
    package var truncated: String?

    /// nil = the record is of another kind.
    init?(_ check: RecordCheck) {
        guard let type = check.value(of: "WARC-Type") else { return nil }
        if type.elementsEqual("response".utf8) {
            kind = .response
        } else if type.elementsEqual("revisit".utf8) {
            kind = .revisit
        } else {
            return nil
        }
        guard let uri = check.value(of: "WARC-Target-URI") else { return nil }
        targetURI = Array(uri)
        originalURI = check.value(of: "WARC-Refers-To-Target-URI").map { Array($0) }
        date = check.value(of: "WARC-Date").flatMap { RecordDate.instant($0) }
        payloadDigest = check.value(of: "WARC-Payload-Digest").map { Array($0) }
        truncated = check.value(of: "WARC-Truncated").map { value in
            ["length", "time", "disconnect"].first { value.elementsEqual($0.utf8) } ?? "unspecified"
        }
    }
}

/// One `response` or `revisit` of an archive, by its place: its facts and its HTTP head at once, the body piece by piece, with as
/// much memory for any. What stands there may be anything: it is an error or it is a record, and its end is an error unless all
/// of it was there and its checksum right.
///
/// Not for more than one thread at a time. It waits for the disk.
package final class RecordReader {
    package let facts: RecordFacts
    /// Status line and header lines, the blank line with them.
    package let httpHead: [UInt8]
    /// Bytes of the body, if the record is whole. 0 for a revisit.
    package let bodyLength: Int64

    private let file: RecordFile
    private let offset: Int64
    private let bytes: RecordBytes
    private var check: RecordCheck
    /// Bytes of the record that were looked at.
    private var seen: Int64 = 0
    /// Of the block, what was read and not yet taken.
    private var piece = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Of the block, what is still to be passed over.
    private var skips = 0

    /// libcurl takes at most 300 KiB of head, and what is written is hardly longer than what came.
    private static let headLimit = 512 << 10
    private static let blankLine = Array("\r\n\r\n".utf8)

    /// `folder`: of the archive that the place is in.
    package init(folder: String, place: ArchivePlace) throws(ReadFailure) {
        let file = try RecordFile(folder: folder, name: place.file)
        let bytes = try RecordBytes(file, place)
        var start = Start(bytes, RecordCheck(comparesDigest: !file.isGzip))
        let notARecord = ReadFailure.notARecord(path: file.path, offset: place.offset)
        var head: [UInt8] = []
        var isHeadWhole = false
        while !isHeadWhole {
            guard let piece = try start.next(notARecord) else { throw notARecord }
            var used = 0
            while used < piece.count, !isHeadWhole {
                head.append(piece[used])
                used += 1
                isHeadWhole = head.last == 0x0A && head.suffix(4).elementsEqual(Self.blankLine)
                guard isHeadWhole || head.count < Self.headLimit else {
                    throw .tooLarge(path: file.path, offset: place.offset)
                }
            }
            start.piece = UnsafeRawBufferPointer(rebasing: piece[used...])
        }
        guard let facts = RecordFacts(start.check), let extent = start.check.extent else { throw notARecord }
        self.file = file
        self.bytes = bytes
        self.facts = facts
        offset = place.offset
        httpHead = head
        bodyLength = extent.block - Int64(head.count)
        check = start.check
        seen = start.seen
        piece = start.piece
    }

    /// The body begins anew.
    package func rewind() {
        bytes.rewind()
        check = RecordCheck(comparesDigest: !file.isGzip)
        seen = 0
        piece = .init(start: nil, count: 0)
        skips = httpHead.count
    }

    /// Bytes of the body; 0 = it is over, and the record is whole. `room` has room for a byte at least.
    package func read(into room: UnsafeMutableRawBufferPointer) throws(ReadFailure) -> Int {
        while true {
            if skips > 0, !piece.isEmpty {
                let skipped = min(skips, piece.count)
                skips -= skipped
                piece = .init(rebasing: piece[skipped...])
            }
            guard piece.isEmpty else {
                let count = min(piece.count, room.count)
                room.copyMemory(from: .init(rebasing: piece[..<count]))
                piece = .init(rebasing: piece[count...])
                return count
            }
            var start = Start(bytes, check, seen: seen)
            let next = try start.next(.notWhole(path: file.path, offset: offset))
            check = start.check
            seen = start.seen
            guard let next else { return 0 }
            piece = next
        }
    }

    /// Reads on, and tells what of it is the block.
    private struct Start {
        let bytes: RecordBytes
        var check: RecordCheck
        var seen: Int64
        var piece = UnsafeRawBufferPointer(start: nil, count: 0)

        init(_ bytes: RecordBytes, _ check: RecordCheck, seen: Int64 = 0) {
            self.bytes = bytes
            self.check = check
            self.seen = seen
        }

        /// At least a byte; nil = the record is whole. `fault`: what it is if it is not.
        mutating func next(_ fault: ReadFailure) throws(ReadFailure) -> UnsafeRawBufferPointer? {
            while let piece = try bytes.read() {
                let first = seen
                guard check.feed(piece) == piece.count, !check.isBad else { throw fault }
                seen += Int64(piece.count)
                guard let extent = check.extent else { continue }
                let blockEnd = Int64(extent.head).addingReportingOverflow(extent.block)
                guard !blockEnd.overflow else { throw fault }
                let from = min(max(Int64(extent.head), first), seen)
                let to = min(blockEnd.partialValue, seen)
                guard from < to else { continue }
                return UnsafeRawBufferPointer(rebasing: piece[Int(from - first)..<Int(to - first)])
            }
            guard check.isWhole else { throw fault }
            return nil
        }
    }
}
