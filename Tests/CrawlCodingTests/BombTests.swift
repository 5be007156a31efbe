import CrawlCoding
import CrawlTesting
import Testing

/// What a few bytes can make of themselves ends at the limit, and what makes nothing of many ends too.
struct BombTests {
    static let zeros = [UInt8](repeating: 0x61, count: 32 << 20)

    struct Bomb: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var body: [UInt8]
    }

    static let bombs: [Bomb] = {
        let once = Gzip.compress(zeros)
        return [
            Bomb(testDescription: "gzip", body: once),
            Bomb(testDescription: "zlib", body: Deflate.compress(zeros, .zlib)),
            Bomb(testDescription: "bare deflate", body: Deflate.compress(zeros, .bare)),
            Bomb(testDescription: "gzip in gzip", body: Gzip.compress(once)),
            Bomb(
                testDescription: "bare deflate in zlib", body: Deflate.compress(Deflate.compress(zeros, .bare), .zlib)),
        ]
    }()

    @Test(arguments: bombs) func aBombStopsAtTheLimit(bomb: Bomb) {
        for limit in [0, 1, 100, 500 << 10] {
            let trial = DecoderTrial(bomb.body, limit: limit, saysDeflate: true) { 64 }
            #expect(trial.text == Array(Self.zeros.prefix(limit)) && trial.end == .overLimit)
            // A DEFLATE byte makes at most 1,032, and up to 4 KiB are looked at first.
            #expect(trial.fed <= limit + 4096 + 64)
        }
    }

    @Test func whatFillsTheLimitIsWhole() {
        let text = bytes("Allow: /a\n")
        for body in [text, Gzip.compress(text), Gzip.compress(Gzip.compress(text))] {
            let exact = DecoderTrial(body, limit: text.count)
            #expect(exact.text == text && exact.end == .whole)
            let less = DecoderTrial(body, limit: text.count - 1)
            #expect(less.text == Array(text.dropLast()) && less.end == .overLimit)
        }
    }

    /// Blocks and members of no length, without end.
    @Test func aStreamOfNothingEnds() {
        let blocks = Array(repeatElement([0, 0, 0, 0xFF, 0xFF] as [UInt8], count: 100_000).joined())
        let members = Array(repeatElement(Gzip.compress([]), count: 20_000).joined())
        for body in [blocks, members] {
            let trial = DecoderTrial(body, limit: 100, saysDeflate: true) { 1000 }
            #expect(trial.text.isEmpty && trial.end == .overLimit && trial.fed <= 70_000, "\(trial)")
            // Behind another coding the wire carries next to nothing of it.
            let inner = DecoderTrial(Gzip.compress(body), limit: 100, saysDeflate: true)
            #expect(inner.text.isEmpty && inner.end == .overLimit, "\(inner)")
        }
        #expect(DecoderTrial(members, limit: 1 << 20).end == .whole)
    }

    /// One large piece is no more than its limit either.
    @Test func aPieceAboveAllLimitsIsCut() {
        let text = [UInt8](repeating: 0x62, count: 300_000)
        let trial = DecoderTrial(text, limit: 10)
        #expect(trial.text == Array(text.prefix(10)) && trial.end == .overLimit)
    }
}
