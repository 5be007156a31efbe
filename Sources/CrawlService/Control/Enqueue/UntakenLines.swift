import ControlAPI
import CrawlCore

/// Lines of a body that are right, and could not be taken: those of new origins, once the frontier knows as many as it can
/// number, and those whose rows cannot be written. The others of the body are taken.
struct UntakenLines {
    private(set) var count = 0
    private var problems: [LineProblem] = []

    /// What became of `batch`, whose entries stood on `lines`.
    mutating func note(_ receipt: EnqueueReceipt, of batch: EnqueueBatch, lines: [Int32]) {
        for place in receipt.full {
            note(
                Int(place), of: batch, lines, ProblemCode.frontierFull,
                "the frontier knows as many origins as it has room for (\(URLKey.maxOrigin)), and this is a new one")
        }
        for row in receipt.unstorable {
            note(Int(row.place), of: batch, lines, ProblemCode.storageFailed, row.reason)
        }
    }

    private mutating func note(
        _ index: Int, of batch: EnqueueBatch, _ lines: [Int32], _ code: String, _ detail: @autoclosure () -> String
    ) {
        count += 1
        guard problems.count < EnqueueAnswer.maxProblems, batch.entries.indices.contains(index),
            lines.indices.contains(index)
        else { return }
        let entry = batch.entries[index]
        let url = batch.bytes.withUnsafeBufferPointer { bytes in
            let start = Int(entry.offset)
            return UTF8Check.prefix(
                UnsafeBufferPointer(rebasing: bytes[start..<(start + Int(entry.length))]),
                atMost: EnqueueCollector.maxProblemURL)
        }
        problems.append(LineProblem(line: Int(lines[index]), url: url, code: code, detail: detail()))
    }

    /// All problems in the order of their lines, as many as an answer has.
    func merged(with others: [LineProblem]) -> [LineProblem] {
        guard !problems.isEmpty else { return others }
        return Array((others + problems).sorted { $0.line < $1.line }.prefix(EnqueueAnswer.maxProblems))
    }
}
