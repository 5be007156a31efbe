import CrawlCore
import CrawlTesting
import Testing

@testable import CrawlResolve

/// An answer to the A question of `www.a.example`, and what it says.
struct MessageCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var reply: ServedReply
    var answer: DNSAnswer

    init(_ name: String, _ reply: ServedReply, _ answer: DNSAnswer) {
        testDescription = name
        self.reply = reply
        self.answer = answer
    }

    private static let one = IPAddress(v4: 0x7F00_0001)
    private static let two = IPAddress(v4: 0x7F00_0002)

    private static func link(_ owner: String?, _ target: String, ttl: UInt32 = 300) -> ServedRecord {
        ServedRecord(.cname(target), ttl: ttl, owner: owner)
    }

    private static func a(_ address: UInt32, ttl: UInt32 = 300, _ owner: String? = nil) -> ServedRecord {
        ServedRecord(.a(address), ttl: ttl, owner: owner)
    }

    private static func nothing(
        _ code: ServedReply.Code, _ records: [ServedRecord] = [], authority: [ServedRecord] = []
    ) -> ServedReply {
        var reply = ServedReply(records: records, code: code)
        reply.authority = authority
        return reply
    }

    private static func soa(_ owner: String, ttl: UInt32, minimum: UInt32) -> ServedRecord {
        ServedRecord(.soa(minimum: minimum), ttl: ttl, owner: owner)
    }

    private static let chain = (0..<40).map { link($0 == 0 ? nil : "c\($0).example", "c\($0 + 1).example") }

    static let all: [MessageCase] = [
        .init(
            "addresses in the server's order, each once; the least TTL",
            ServedReply(records: [a(0x7F00_0002, ttl: 60), a(0x7F00_0001, ttl: 30), a(0x7F00_0002)]),
            DNSAnswer(.addresses, addresses: [two, one], ttl: 30)),
        .init(
            "the TTL of a name that leads on counts",
            ServedReply(records: [link(nil, "b.example", ttl: 5), a(0x7F00_0001, "b.example")]),
            DNSAnswer(.addresses, addresses: [one], ttl: 5)),
        .init(
            "a chain in reverse order",
            ServedReply(records: [a(0x7F00_0001, "c.example"), link("b.example", "c.example"), link(nil, "b.example")]),
            DNSAnswer(.addresses, addresses: [one], ttl: 300)),
        .init(
            "names are the same in any case",
            ServedReply(records: [link("WWW.a.EXAMPLE", "B.example"), a(0x7F00_0001, "b.EXAMPLE")]),
            DNSAnswer(.addresses, addresses: [one], ttl: 300)),
        .init(
            "a chain of 20", ServedReply(records: Array(chain.prefix(20)) + [a(0x7F00_0001, "c20.example")]),
            DNSAnswer(.addresses, addresses: [one], ttl: 300)),
        .init("a chain of 40", ServedReply(records: chain + [a(0x7F00_0001, "c40.example")]), DNSAnswer(.garbled)),
        .init(
            "a loop", ServedReply(records: [link(nil, "b.example"), link("b.example", "www.a.example")]),
            DNSAnswer(.garbled)),
        .init(
            "a chain whose end was not looked for", ServedReply(records: [link(nil, "b.example")]), DNSAnswer(.garbled)),
        .init(
            "a chain whose end has no address",
            nothing(.none, [link(nil, "b.example", ttl: 20)], authority: [soa("example", ttl: 60, minimum: 30)]),
            DNSAnswer(.noAddress, ttl: 20)),
        .init(
            "a chain whose end does not exist",
            nothing(.noName, [link(nil, "b.example")], authority: [soa("example", ttl: 60, minimum: 30)]),
            DNSAnswer(.noName, ttl: 30)),
        .init(
            "an address of somebody else", ServedReply(records: [a(0x7F00_0001, "b.example")]), DNSAnswer(.noAddress)),
        .init("TTL 0", .address(0x7F00_0001, ttl: 0), DNSAnswer(.addresses, addresses: [one], ttl: 0)),
        .init("TTL 2^31 is none", .address(0x7F00_0001, ttl: 1 << 31), DNSAnswer(.addresses, addresses: [one], ttl: 0)),
        .init(
            "TTL 2^31 - 1", .address(0x7F00_0001, ttl: .max >> 1),
            DNSAnswer(.addresses, addresses: [one], ttl: .max >> 1)),
        .init(
            "records of another type, and of no right size",
            ServedReply(records: [
                ServedRecord(.aaaa(0, 1)), ServedRecord(.other(1, [1, 2, 3])), ServedRecord(.other(16, [1, 65])),
            ]),
            DNSAnswer(.noAddress)),
        .init(
            "NXDOMAIN: the lesser of the SOA's TTL and its last field", .noName(minimum: 30, ttl: 3600),
            DNSAnswer(.noName, ttl: 30)),
        .init("NXDOMAIN: the SOA's TTL is the lesser", .noName(minimum: 3600, ttl: 7), DNSAnswer(.noName, ttl: 7)),
        .init(
            "NXDOMAIN: an SOA of 2^31 holds for no time", .noName(minimum: 1 << 31, ttl: 1 << 31),
            DNSAnswer(.noName, ttl: 0)),
        .init("NXDOMAIN without SOA", .noName(), DNSAnswer(.noName)),
        .init(
            "NXDOMAIN with the SOA of another name",
            nothing(.noName, authority: [soa("b.example", ttl: 60, minimum: 30)]), DNSAnswer(.noName)),
        .init("NODATA with SOA", .noAddress(minimum: 30), DNSAnswer(.noAddress, ttl: 30)),
        .init("NODATA without SOA", .noAddress(), DNSAnswer(.noAddress)),
        .init(
            "a referral", nothing(.none, authority: [ServedRecord(.ns("ns.example"), owner: "example")]),
            DNSAnswer(.garbled)),
        .init("SERVFAIL", .code(.serverFailure), DNSAnswer(.serverFailure)),
        .init("REFUSED", .code(.refused), DNSAnswer(.refused)),
        .init("FORMERR", .code(.formatError), DNSAnswer(.serverFailure)),
        .init("NOTIMP", .code(.notImplemented), DNSAnswer(.serverFailure)),
        .init("another question", ServedReply(records: [a(0x7F00_0001)], fault: .otherName), DNSAnswer(.garbled)),
        .init("another type", ServedReply(records: [a(0x7F00_0001)], fault: .otherType), DNSAnswer(.garbled)),
        .init("the question itself", ServedReply(records: [], fault: .notMarked), DNSAnswer(.garbled)),
        .init("nonsense", ServedReply(records: [], fault: .garbage), DNSAnswer(.garbled)),
        .init("eleven bytes", ServedReply(records: [], fault: .stub), DNSAnswer(.garbled)),
        .init("a record less than it says", ServedReply(records: [a(0x7F00_0001)], fault: .short), DNSAnswer(.garbled)),
        .init(
            "a code without a question", ServedReply(records: [], code: .formatError, fault: .bare), DNSAnswer(.garbled)
        ),
        .init("cut", ServedReply.address(0x7F00_0001).truncated, DNSAnswer(.garbled)),
        .init(
            "3,000 addresses: the first 64",
            ServedReply(records: (0..<3000).map { a(0x7F00_0001 + $0) }),
            DNSAnswer(.addresses, addresses: (0..<64).map { IPAddress(v4: 0x7F00_0001 + $0) }, ttl: 300)),
    ]
}

struct DNSMessageTests {
    private static let host = "www.a.example"

    private static func question(isTCP: Bool, type: UInt16 = 1) throws -> ServedQuestion {
        try #require(ServedQuestion(RawQuestion.message("wWw.a.example", type: type), isTCP: isTCP))
    }

    static func read(_ bytes: [UInt8], type: UInt16 = 1) -> DNSAnswer {
        var host = host
        return host.withUTF8 { host in bytes.withUnsafeBytes { DNSMessage.read($0, host: host, type: type) } }
    }

    @Test(arguments: MessageCase.all)
    func anAnswerIsReadAsItIsMeant(_ test: MessageCase) throws {
        // Over TCP, so that nothing is cut for its size; what is to be cut is so over UDP.
        let question = try Self.question(isTCP: !test.reply.isTruncated)
        #expect(Self.read(test.reply.bytes(to: question)) == test.answer)
    }

    @Test func anIPv6AddressIsRead() throws {
        let reply = ServedReply.addresses(["127.0.0.1", "2001:db8::7"], ttl: 9)
        let bytes = reply.bytes(to: try Self.question(isTCP: true, type: 28))
        let address = try #require(IPAddress("2001:db8::7".utf8))
        #expect(Self.read(bytes, type: 28) == DNSAnswer(.addresses, addresses: [address], ttl: 9))
    }

    /// Pointers that lead forward, to themselves, or round and round.
    @Test(arguments: [[0xC0, 12 as UInt8], [0xC0, 40], [0xFF, 0xFF], [0x80, 1]])
    func aPointerThatLeadsNowhereIsNoName(_ pointer: [UInt8]) throws {
        var bytes = ServedReply.address(0x7F00_0001).bytes(to: try Self.question(isTCP: true))
        // The question's name begins at 12.
        bytes.replaceSubrange(12..<14, with: pointer)
        #expect(Self.read(bytes) == DNSAnswer(.garbled))
    }

    /// Whatever comes is read to an end: bytes by chance, and good answers with some of them changed or cut off.
    @Test func whateverTheBytesAreTheyAreReadToAnEnd() throws {
        var random = SeededRandom(seed: 11)
        let question = try Self.question(isTCP: true)
        let good = MessageCase.all.filter { $0.reply.records.count < 100 }.map { $0.reply.bytes(to: question) }
        var findings = 0
        for _ in 0..<60_000 {
            var bytes = random.pick(good) ?? []
            switch random.int(0...3) {
            case 0: bytes = (0..<random.int(0...80)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            case 1: bytes.removeLast(random.int(0...bytes.count))
            default:
                for _ in 0..<random.int(1...6) where !bytes.isEmpty {
                    bytes[random.int(0...(bytes.count - 1))] = random.pick([0, 0xC0, 12, 0xFF, 1, 63, 64]) ?? 0
                }
            }
            let answer = Self.read(bytes)
            if answer.isFinding { findings += 1 }
            #expect(answer.addresses.count <= DNSMessage.mostAddresses)
            #expect((answer.kind == .addresses) == !answer.addresses.isEmpty)
        }
        // The changes left some of them readable, so that more than the first check was met.
        #expect(findings > 1000)
    }
}
