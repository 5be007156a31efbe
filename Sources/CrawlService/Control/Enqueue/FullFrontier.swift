import ControlAPI
import CrawlCore

/// Lines of a body that the frontier has no room for: those of new origins, once it knows as many as it can number. The
/// others of the body are taken.
struct FullFrontier {
    private(set) var count = 0
    private var problems: [LineProblem] = []

    /// `places` in the batch, whose entries stood on `lines`.
    mutating func note(_ places: [Int32], of batch: EnqueueBatch, lines: [Int32]) {
        count += places.count
        for place in places.prefix(EnqueueAnswer.maxProblems - problems.count) {
            let index = Int(place)
            guard batch.entries.indices.contains(index), lines.indices.contains(index) else { continue }
            let entry = batch.entries[index]
            let url = batch.bytes.withUnsafeBufferPointer { bytes in
                let start = Int(entry.offset)
                return UTF8Check.prefix(
                    UnsafeBufferPointer(rebasing: bytes[start..<(start + Int(entry.length))]),
                    atMost: EnqueueCollector.maxProblemURL)
            }
            problems.append(
                LineProblem(
                    line: Int(lines[index]), url: url, code: ProblemCode.frontierFull,
                    detail:
                        "the frontier knows as many origins as it has room for (\(URLKey.maxOrigin)), and this is a new one"
                ))
        }
    }

    /// All problems in the order of their lines, as many as an answer has.
    func merged(with others: [LineProblem]) -> [LineProblem] {
        guard !problems.isEmpty else { return others }
        return Array((others + problems).sorted { $0.line < $1.line }.prefix(EnqueueAnswer.maxProblems))
    }
}
