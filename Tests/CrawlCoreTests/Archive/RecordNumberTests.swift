import Testing

@testable import CrawlCore

struct RecordNumberTests {
    @Test("a number is its 16 bytes, the most significant first")
    func bytes() {
        let number = RecordNumber(high: 0x0102_0304_0506_0708, low: 0xf1f2_f3f4_f5f6_f7f8)
        #expect(number.bytes == [1, 2, 3, 4, 5, 6, 7, 8, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8])
        #expect(RecordNumber(number.bytes) == number)
    }

    @Test("other bytes are none", arguments: [0, 1, 15, 17, 32])
    func others(count: Int) { #expect(RecordNumber([UInt8](repeating: 7, count: count)) == nil) }
}
