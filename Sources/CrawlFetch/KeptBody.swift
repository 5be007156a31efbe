internal import CrawlCore

/// Takes the bytes of one answer's body, to memory or to a file. Let go before `finish`, it leaves nothing behind.
final class KeptBody {
    /// Bytes; the caller gives no more.
    let limit: Int64
    /// Bytes over the wire: what the kept ones may take in a coding that could not make them shorter. A coding can also
    /// spend any number of bytes on nothing.
    var wireLimit: Int64 {
        let (sum, overflow) = limit.addingReportingOverflow(limit / 256 + 65_536)
        return overflow ? .max : sum
    }
    /// What the system said when a write failed; nil = none did.
    private(set) var fault: String?
    private var bytes: [UInt8] = []
    private let file: BodyFile?

    /// nil for a body that is only digested.
    init?(_ use: BodyUse) {
        switch use {
        case .digestOnly: return nil
        case .memory(let limit):
            self.limit = Int64(max(0, limit))
            file = nil
        case .file(let path, let limit):
            self.limit = max(0, limit)
            file = BodyFile(path: path)
        }
    }

    /// False = not written, see `fault`.
    func take(_ part: UnsafeRawBufferPointer) -> Bool {
        guard let file else {
            bytes.append(contentsOf: part)
            return true
        }
        fault = file.write(part)
        return fault == nil
    }

    /// The body is complete, or as much of it as was wanted. Bytes if it was kept in memory.
    func finish() -> [UInt8]? {
        guard let file else { return bytes }
        fault = file.commit()
        return nil
    }
}
