internal import CrawlCoding
internal import CrawlCore

/// Takes the bytes of one answer's body: to memory, content codings undone, or to a file, as they come. Let go before
/// `finish`, it leaves nothing behind.
final class KeptBody {
    /// The request line that asks for what can be undone.
    static let acceptEncoding = "Accept-Encoding: gzip"

    /// Bytes over the wire; the caller gives no more. In memory a little above the limit of what is kept: a coding may
    /// make a body longer, and spend bytes on nothing.
    let wireLimit: Int64
    /// Content-Encoding names deflate; set before the first byte.
    var saysDeflate = false
    /// What the system said when a write failed; nil = none did.
    private(set) var fault: String?
    /// A content coding ended early or is damaged, or makes next to nothing of very many bytes.
    private(set) var isCodingCut = false
    /// There is more of it than is kept.
    private(set) var isOverLimit = false

    private let place: Place
    private var bytes: [UInt8] = []
    private var decoder: BodyDecoder?
    private var end: CodingEnd?

    private enum Place {
        case memory(limit: Int)
        case file(BodyFile)
    }

    /// nil for a body that is only digested.
    init?(_ use: BodyUse) {
        switch use {
        case .digestOnly: return nil
        case .memory(let limit):
            let limit = max(0, limit)
            place = .memory(limit: limit)
            let (sum, overflow) = Int64(limit).addingReportingOverflow(Int64(limit / 8 + 65_536))
            wireLimit = overflow ? .max : sum
        case .file(let path, let limit):
            place = .file(BodyFile(path: path))
            wireLimit = max(0, limit)
        }
    }

    /// False = nothing more is taken: it is full, or see `fault`.
    func take(_ part: UnsafeRawBufferPointer) -> Bool {
        switch place {
        case .file(let file):
            fault = file.write(part)
            return fault == nil
        case .memory(let limit):
            // Behind the end of a coding there may be more, which is nothing.
            guard end == nil else { return true }
            let decoder = self.decoder ?? BodyDecoder(limit: limit, bare: saysDeflate ? .likely : .ifWhole)
            self.decoder = decoder
            if let end = decoder.feed(part, { bytes += $0 }) { note(end, limit) }
            return end != .overLimit
        }
    }

    /// What there is to keep. `isWanted`: the body is complete, or as much of it as was wanted; without that a file is
    /// not left. Bytes if it was kept in memory.
    func finish(isWanted: Bool) -> [UInt8]? {
        switch place {
        case .file(let file):
            if isWanted { fault = file.commit() }
            return nil
        case .memory(let limit):
            if end == nil, let decoder { note(decoder.finish { bytes += $0 }, limit) }
            return bytes
        }
    }

    private func note(_ end: CodingEnd, _ limit: Int) {
        self.end = end
        switch end {
        case .whole: break
        case .cut, .damaged: isCodingCut = true
        case .overLimit:
            isOverLimit = true
            isCodingCut = bytes.count < limit
        }
    }
}
