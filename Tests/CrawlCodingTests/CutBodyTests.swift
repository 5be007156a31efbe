import CrawlCoding
import CrawlTesting
import Testing

/// A body that ends early gives a true beginning of its text, and says that it was cut.
struct CutBodyTests {
    struct Coded: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var text: [UInt8]
        var body: [UInt8]
        var saysDeflate = false
        var hasBareInside = false
        /// Where it may end, because a member does.
        var borders: Set<Int> = []
    }

    static let text = (0..<24).flatMap { bytes("Allow: /\($0 * 7919 % 101)/ü\n") }
    static let bodies: [Coded] =
        Deflate.Frame.allCases.flatMap { frame in
            [0, 1, 6, 9].map { level in
                Coded(
                    testDescription: "\(frame), level \(level)", text: text,
                    body: Deflate.compress(text, frame, level: level), saysDeflate: frame == .bare)
            }
        } + [
            Coded(testDescription: "gzip in gzip", text: text, body: Gzip.compress(Gzip.compress(text))),
            Coded(
                testDescription: "bare deflate in zlib", text: text,
                body: Deflate.compress(Deflate.compress(text, .bare), .zlib), saysDeflate: true, hasBareInside: true),
            {
                let member = Gzip.compress(text)
                return Coded(
                    testDescription: "two members", text: text + text, body: member + member, borders: [member.count])
            }(),
        ]

    @Test(arguments: bodies) func cutAtEveryByte(coded: Coded) {
        for cut in 0..<coded.body.count {
            let part = Array(coded.body.prefix(cut))
            let trial = DecoderTrial(part, saysDeflate: coded.saysDeflate)
            let isBeginning = coded.text.starts(with: trial.text)
            if trial.end == .whole {
                // Nothing of a coding can be seen yet, or a member is whole.
                let isMember = coded.borders.contains(cut) && isBeginning
                let isTooShort = cut < 8 && trial.text == part
                #expect(isMember || isTooShort, "cut at \(cut): \(trial)")
            } else {
                // So few bytes of a stream without a frame may look like text.
                let isTooShort = coded.hasBareInside && trial.text.count < 8
                #expect(trial.end == .cut && (isBeginning || isTooShort), "cut at \(cut): \(trial)")
            }
            guard cut % 5 == 0 else { continue }
            let slow = DecoderTrial(part, saysDeflate: coded.saysDeflate) { 1 }
            #expect(slow == trial, "cut at \(cut), in single bytes")
        }
        #expect(DecoderTrial(coded.body, saysDeflate: coded.saysDeflate).text == coded.text)
    }

    /// Whatever is changed, cut, doubled or nested: it ends, within its limit, and the same way however it comes.
    @Test(arguments: 0..<40 as Range<UInt64>) func anyBytesEndWithinTheLimit(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<25 {
            var body = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { body = Self.text + body }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let frame = Deflate.Frame.allCases.randomElement(using: &random) ?? .gzip
                body = Deflate.compress(body, frame, level: Int32.random(in: 0...9, using: &random))
                if Int.random(in: 0..<3, using: &random) == 0 {
                    body[Int.random(in: 0..<body.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                if Int.random(in: 0..<4, using: &random) == 0 { body += body }
                if Int.random(in: 0..<4, using: &random) == 0 { body.removeLast(min(body.count - 1, 5)) }
            }
            let limit = Int.random(in: 0...2000, using: &random)
            let saysDeflate = Bool.random(using: &random)
            let trial = DecoderTrial(body, limit: limit, saysDeflate: saysDeflate)
            #expect(trial.text.count <= limit, "seed \(seed)")
            #expect((trial.end == .overLimit) == (trial.end == .overLimit && trial.text.count == limit), "seed \(seed)")
            let slow = DecoderTrial(body, limit: limit, saysDeflate: saysDeflate) {
                Int.random(in: 1...9, using: &random)
            }
            #expect(slow.text == trial.text && slow.end == trial.end, "seed \(seed)")
        }
    }
}
