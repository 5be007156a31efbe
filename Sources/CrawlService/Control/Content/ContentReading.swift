import CrawlOutput

/// A body on its way out. It is read once from its beginning to its end, a step at a time; one that is small stays in memory, a
/// larger one is read again while it is sent.
///
/// `@unchecked Sendable`: confined to the lane that archives are read on.
final class ContentReading: @unchecked Sendable {
    /// What stays in memory at most.
    static let keptBytes = 64 << 10
    /// Bytes of a step: others that read have their turn between two.
    private static let stepBytes = 1 << 20

    private let body: PageBody
    private var kept: [UInt8]? = []
    private var isMeasured = false
    private(set) var count: Int64 = 0

    init(_ body: PageBody) { self.body = body }

    var end: PageBody.End? { body.end }
    var codings: [String] { body.codings }

    /// False = `count` and `end` are told, and `next` may begin.
    func measure() throws(ReadFailure) -> Bool {
        var left = Self.stepBytes
        while left > 0 {
            let piece = try read(Self.keptBytes)
            guard !piece.isEmpty else {
                isMeasured = true
                return false
            }
            left -= piece.count
            count += Int64(piece.count)
            if let known = kept { kept = known.count + piece.count <= Self.keptBytes ? known + piece : nil }
        }
        return true
    }

    /// At most `bytes` more; empty = there are none.
    func next(_ bytes: Int) throws(ReadFailure) -> [UInt8] {
        if isMeasured, kept == nil {
            isMeasured = false
            body.rewind()
        }
        guard let known = kept else { return try read(bytes) }
        let piece = Array(known.prefix(bytes))
        kept = Array(known.dropFirst(piece.count))
        return piece
    }

    private func read(_ bytes: Int) throws(ReadFailure) -> [UInt8] {
        var failure: ReadFailure?
        let piece = [UInt8](unsafeUninitializedCapacity: max(1, bytes)) { room, count in
            do throws(ReadFailure) {
                while count < room.count {
                    let more = try body.read(into: .init(UnsafeMutableBufferPointer(rebasing: room[count...])))
                    guard more > 0 else { break }
                    count += more
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return piece
    }
}
