package import ControlAPI
package import CrawlCore

/// How the lines of a body are written.
package enum EnqueueFormat: Sendable, CaseIterable {
    /// `text/plain`: one URL a line.
    case text
    /// `application/x-ndjson`: one object a line.
    case ndjson
    /// `application/json`: an object, or an array of objects.
    case json
}

/// Turns the bytes of a body into batches and problems; pure, in constant memory for text and NDJSON.
///
/// Feed it chunk by chunk; whenever `isFull`, take the batch; in the end call `finish` until it returns true.
package struct EnqueueReader {
    private let limits: ControlLimits
    /// Of the batch that is being read.
    private var size = 1
    private let format: EnqueueFormat
    private var lines: LineSplitter
    private var collector: EnqueueCollector
    private var body = JSONBody()
    /// A line that is too long looks like several that were glued together.
    private var isGlued = false

    package init(
        format: EnqueueFormat, limits: ControlLimits = ControlLimits(), canonicalize: @escaping Canonicalize
    ) {
        self.format = format
        self.limits = limits
        lines = LineSplitter(limit: limits.line)
        collector = EnqueueCollector(canonicalize: canonicalize)
    }

    package var isFull: Bool { collector.isFull(limits, times: size) }

    /// The batch goes on, up to `BatchGrowth.most` times as large as others; false = it is as large as that.
    mutating func grow() -> Bool {
        guard size < BatchGrowth.most else { return false }
        size += 1
        return true
    }
    /// Nothing is in the batch.
    package var isEmpty: Bool { collector.batch.isEmpty }

    /// Lines refused so far.
    package var rejected: Int { collector.rejected }
    /// The first of them, `EnqueueAnswer.maxProblems` at most.
    package var problems: [LineProblem] { collector.problems }

    /// The lines of the batch's entries.
    var batchLines: [Int32] { collector.lines }

    package mutating func takeBatch() -> EnqueueBatch {
        size = 1
        return collector.takeBatch()
    }

    /// Reads on from `offset`, which it moves: to the end of the chunk, unless the batch is full before.
    package mutating func feed(_ chunk: UnsafeBufferPointer<UInt8>, offset: inout Int) throws(ControlError) {
        if format == .json {
            try body.append(chunk[offset...], limit: limits.jsonBody)
            offset = chunk.count
            return
        }
        while !isFull, let event = lines.next(chunk, offset: &offset) {
            switch event {
            case .inChunk(let range):
                read(UnsafeBufferPointer(rebasing: chunk[range]), mayBeGlued: false)
            case .inCarry:
                lines.carry.withUnsafeBufferPointer { read($0, mayBeGlued: false) }
            case .tooLong:
                lines.carry.withUnsafeBufferPointer { readTooLong($0) }
            }
        }
    }

    /// The body is complete. False: take the batch and call again.
    package mutating func finish() throws(ControlError) -> Bool {
        if format == .json { return try body.read(into: &collector, limits: limits) }
        let isOnlyLine = lines.newlines == 0
        if lines.finish() != nil {
            lines.carry.withUnsafeBufferPointer { read($0, mayBeGlued: isOnlyLine) }
        }
        if isGlued, isOnlyLine { collector.appendToLastDetail("; if its newlines were lost: use --data-binary") }
        return true
    }

    private mutating func readTooLong(_ beginning: UnsafeBufferPointer<UInt8>) {
        isGlued = Self.isGlued(beginning, format)
        collector.reject(
            format == .text ? beginning : nil,
            LineFault(code: ProblemCode.tooLong, detail: "a line has at most \(limits.line) bytes"),
            line: lines.number)
    }

    private mutating func read(_ line: UnsafeBufferPointer<UInt8>, mayBeGlued: Bool) {
        let line = Self.trimmed(line, isFirst: lines.number == 1)
        guard !line.isEmpty else { return }
        if format == .text {
            if mayBeGlued, Self.isGlued(line, format) {
                isGlued = true
                let fault = LineFault(
                    code: ProblemCode.invalidURL,
                    detail: "a second URL in the only line; if it is one URL, end it with a newline")
                collector.reject(line, fault, line: lines.number)
            } else {
                collector.add(line, options: nil, line: lines.number)
            }
        } else {
            let fault = collector.addObject(line, line: lines.number)
            if mayBeGlued, fault?.code == ProblemCode.badJSON { isGlued = Self.isGlued(line, format) }
        }
    }

    /// Without blanks, CR and, at the very beginning, a byte-order mark.
    private static func trimmed(
        _ line: UnsafeBufferPointer<UInt8>, isFirst: Bool
    ) -> UnsafeBufferPointer<UInt8> {
        var start = 0
        var end = line.count
        if isFirst, line.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        while start < end, isBlank(line[start]) { start += 1 }
        while end > start, isBlank(line[end - 1]) { end -= 1 }
        return UnsafeBufferPointer(rebasing: line[start..<end])
    }

    /// Whether a second URL, or a second object, follows in the same line.
    private static func isGlued(_ line: UnsafeBufferPointer<UInt8>, _ format: EnqueueFormat) -> Bool {
        let text = String(decoding: line, as: UTF8.self)
        guard format == .text else { return text.utf8.contains(sequence: "}{") }
        let rest = text.utf8.dropFirst(1)
        return rest.contains(sequence: "http://") || rest.contains(sequence: "https://")
    }
}

extension Collection<UInt8> {
    fileprivate func contains(sequence: String) -> Bool {
        let wanted = Array(sequence.utf8)
        guard let head = wanted.first else { return true }
        var rest = self[...]
        while let found = rest.firstIndex(of: head) {
            if rest[found...].starts(with: wanted) { return true }
            rest = rest[index(after: found)...]
        }
        return false
    }
}
