import Testing

@testable import CrawlService

struct BootIDTests {
    @Test("as the kernel writes it and as a unit's %b does")
    func parsed() {
        let plain = Array("0123456789abcdef0123456789abcdef".utf8)
        let dashed = Array("01234567-89ab-cdef-0123-456789abcdef\n".utf8)
        let bytes: [UInt8] = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]
        #expect(BootID.parsed(plain) == bytes + bytes)
        #expect(BootID.parsed(dashed) == bytes + bytes)
        #expect(BootID.parsed([]) == nil)
        #expect(BootID.parsed(Array("%b".utf8)) == nil)
        #expect(BootID.number >= 0)
        #expect(BootID.bytes.count == 16 && BootID.bytes.contains { $0 != 0 })
    }
}
