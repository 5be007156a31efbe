import ControlAPI
import CrawlCore

/// An `application/json` body: collected, checked as a whole, then read object by object.
struct JSONBody {
    private var bytes: [UInt8] = []
    /// Of a byte-order mark, which RFC 8259 §8.1 allows to be passed over.
    private var markLength: Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }
    private var isChecked = false
    /// After the last element that was read; 0 = none yet.
    private var offset = 0
    private var elements = 0

    mutating func append(_ chunk: Slice<UnsafeBufferPointer<UInt8>>, limit: Int) throws(ControlError) {
        guard bytes.count + chunk.count <= limit else {
            throw ControlError(
                status: 413, code: ProblemCode.tooLarge, detail: "an application/json body has at most \(limit) bytes",
                hint: "application/x-ndjson has no limit")
        }
        bytes.append(contentsOf: chunk)
    }

    /// False: the batch is full, call again. A body that is no JSON is refused before anything is stored, and so is a
    /// single object that is wrong.
    mutating func read(into collector: inout EnqueueCollector, limits: ControlLimits) throws(ControlError) -> Bool {
        let body = bytes
        let outcome: Result<Bool, ControlError> = body.withUnsafeBufferPointer { bytes in
            do throws(ControlError) {
                let text = UnsafeBufferPointer(rebasing: bytes.dropFirst(markLength))
                return .success(try read(text, into: &collector, limits: limits))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    private mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>, into collector: inout EnqueueCollector, limits: ControlLimits
    ) throws(ControlError) -> Bool {
        do throws(JSONScanner.Fault) {
            var scanner = JSONScanner(bytes)
            let kind = try scanner.kind()
            if !isChecked {
                try scanner.skip()
                try scanner.end()
                isChecked = true
            }
            if kind == .array { return try readElements(bytes, into: &collector, limits: limits) }
        } catch {
            throw ControlError(
                status: 400, code: ProblemCode.badJSON, detail: "\(error.reason), at byte \(error.offset + markLength)")
        }
        if let fault = collector.addObject(bytes, limit: limits.line, line: 1) {
            throw ControlError(status: 400, code: fault.code, detail: fault.detail)
        }
        return true
    }

    private mutating func readElements(
        _ bytes: UnsafeBufferPointer<UInt8>, into collector: inout EnqueueCollector, limits: ControlLimits
    ) throws(JSONScanner.Fault) -> Bool {
        var scanner = JSONScanner(bytes, offset: offset)
        if elements == 0 { try scanner.beginArray() }
        while try scanner.nextElement(first: elements == 0) {
            elements += 1
            let start = scanner.offset
            try scanner.skip()
            offset = scanner.offset
            collector.addObject(
                UnsafeBufferPointer(rebasing: bytes[start..<offset]), limit: limits.line, line: elements)
            if collector.isFull(limits) { return false }
        }
        return true
    }
}
