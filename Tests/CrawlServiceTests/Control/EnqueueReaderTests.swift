import ControlAPI
import CrawlCore
import CrawlService
import Testing

struct EnqueueReaderTests {
    struct Outcome: Equatable {
        var urls: [String] = []
        var rejected = 0
        var problems: [LineProblem] = []
    }

    /// Feeds the body in pieces that `pieces` sizes, and takes batches as the server does.
    private func read(
        _ format: EnqueueFormat, _ body: [UInt8], limits: ControlLimits, pieces: () -> Int
    ) throws -> Outcome {
        var reader = EnqueueReader(format: format, limits: limits, canonicalize: ServerFixture.refuseAll)
        var outcome = Outcome()
        func take() {
            let batch = reader.takeBatch()
            #expect(batch.count <= limits.batchEntries)
            for entry in batch.entries {
                let start = Int(entry.offset)
                outcome.urls.append(
                    String(decoding: batch.bytes[start..<(start + Int(entry.length))], as: UTF8.self))
            }
        }
        var start = 0
        while start < body.count {
            let end = min(start + max(1, pieces()), body.count)
            try Array(body[start..<end]).withUnsafeBufferPointer { chunk in
                var offset = 0
                while offset < chunk.count {
                    try reader.feed(chunk, offset: &offset)
                    if reader.isFull { take() }
                }
            }
            start = end
        }
        while try !reader.finish() { take() }
        take()
        outcome.rejected = reader.rejected
        outcome.problems = reader.problems
        return outcome
    }

    /// However a body is cut into pieces and batches, the same comes out.
    @Test(arguments: EnqueueFormat.allCases) func piecesDoNotMatter(_ format: EnqueueFormat) throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        var limits = ControlLimits()
        limits.line = 60
        limits.batchEntries = 7
        for _ in 0..<200 {
            let lines = (0..<Int.random(in: 0..<40, using: &random)).map { i -> String in
                let url =
                    switch Int.random(in: 0..<6, using: &random) {
                    case 0: "http://a.example/" + String(repeating: "x", count: Int.random(in: 20..<80, using: &random))
                    case 1: format == .json ? "x" : ""
                    case 2: "bad"
                    default: "http://a.example/\(i)"
                    }
                return format == .text || url.isEmpty ? url : "{\"url\":\"\(url)\"}"
            }
            let body = Array(
                (format == .json ? "[" + lines.joined(separator: ",") + "]" : lines.joined(separator: "\n")).utf8)
            let whole = try read(format, body, limits: limits) { body.count }
            let cut = try read(format, body, limits: limits) { Int.random(in: 1..<30, using: &random) }
            #expect(whole == cut)
            let given = lines.count { !$0.isEmpty }
            #expect(whole.urls.count + whole.rejected == given)
        }
    }

    @Test func priorityAtItsEnds() throws {
        for (text, priority) in [("-100", -100), ("100", 100), ("0", 0), ("-0", 0)] {
            let body = Array("{\"url\":\"http://a.example/\",\"priority\":\(text)}".utf8)
            var reader = EnqueueReader(format: .json, canonicalize: ServerFixture.refuseAll)
            try body.withUnsafeBufferPointer {
                var offset = 0
                try reader.feed($0, offset: &offset)
            }
            let isDone = try reader.finish()
            #expect(isDone)
            #expect(reader.takeBatch().options.first?.priority == priority)
        }
    }
}
