import CrawlTesting
import Testing

@testable import CrawlCore

/// What is known of a name, and how long it holds.
struct NameRecordTests {
    static let start = Instant(ms: 1_800_000_000_000)
    static func at(_ seconds: Double) -> Instant { start + .milliseconds(Int64(seconds * 1000)) }
    static func address(_ text: String) -> IPAddress { IPAddress(text.utf8) ?? IPAddress(v4: 0) }

    static func record(_ finding: NameAnswer.Finding, at seconds: Double = 0) -> NameRecord {
        let record = NameRecord(host: Array("a.example".utf8))
        take(finding, into: record, at: seconds)
        return record
    }

    static func take(_ finding: NameAnswer.Finding, into record: NameRecord, at seconds: Double) {
        let answer = NameAnswer(finding, begunAt: at(seconds), endedAt: at(seconds))
        record.take(answer, NameRules(), allows: { $0 != address("10.0.0.1") }, now: at(seconds))
    }

    struct Lifetime: Sendable, CustomTestStringConvertible {
        var testDescription: String { name }
        var name: String
        var finding: NameAnswer.Finding
        /// Seconds.
        var holds: Double
    }

    static let lifetimes = [
        Lifetime(name: "a TTL", finding: .addresses([address("192.0.2.1")], ttl: .seconds(300)), holds: 300),
        Lifetime(name: "TTL 0: the least", finding: .addresses([address("192.0.2.1")], ttl: .zero), holds: 60),
        Lifetime(name: "no TTL: the least", finding: .addresses([address("192.0.2.1")], ttl: nil), holds: 60),
        Lifetime(
            name: "a week: the longest", finding: .addresses([address("192.0.2.1")], ttl: .hours(168)), holds: 86_400),
        Lifetime(name: "NXDOMAIN by its SOA", finding: .noName(ttl: .seconds(900)), holds: 900),
        Lifetime(name: "NXDOMAIN without one", finding: .noName(ttl: nil), holds: 10),
        Lifetime(name: "NODATA for a day: an hour", finding: .noAddress(ttl: .hours(24)), holds: 3600),
        Lifetime(name: "SERVFAIL", finding: .failed(NameFailure(.serverFailure)), holds: 10),
    ]

    @Test("an answer holds by its TTL, within bounds", arguments: lifetimes)
    func holds(_ row: Lifetime) {
        let record = Self.record(row.finding)
        let isGood = if case .addresses = row.finding { true } else { false }
        #expect(record.use(demand: nil, Self.at(row.holds - 0.001)) == (isGood ? .fresh : .failed))
        #expect(record.use(demand: nil, Self.at(row.holds)) == .unknown)
    }

    @Test("an attempt of a run is answered by no look-up that began before it was due")
    func demand() {
        let record = Self.record(.noName(ttl: .hours(1)))
        #expect(record.use(demand: nil, Self.at(60)) == .failed)
        #expect(record.use(demand: Self.at(60), Self.at(60)) == .unknown)
        Self.take(.addresses([Self.address("192.0.2.1")], ttl: nil), into: record, at: 60)
        #expect(record.use(demand: Self.at(60), Self.at(61)) == .fresh)
    }

    @Test("while the servers fail, addresses are used for an hour beyond their time, and the servers asked each 30 s")
    func stale() {
        let record = Self.record(.addresses([Self.address("192.0.2.1")], ttl: .seconds(60)))
        Self.take(.failed(NameFailure(.timedOut)), into: record, at: 100)
        #expect(record.use(demand: nil, Self.at(129)) == .stale)
        #expect(record.use(demand: Self.at(90), Self.at(129)) == .failed, "a run is not told by what is old")
        #expect(record.use(demand: nil, Self.at(130)) == .unknown)
        Self.take(.failed(NameFailure(.serverFailure)), into: record, at: 3659)
        #expect(record.use(demand: nil, Self.at(3659.5)) == .stale)
        #expect(record.use(demand: nil, Self.at(3660)) == .failed)
        #expect(record.failingSince == Self.at(100))
        Self.take(.noName(ttl: nil), into: record, at: 3700)
        #expect(record.use(demand: nil, Self.at(3701)) == .failed, "there is no such name: that is known")
        #expect(record.failingSince == nil)
    }

    @Test("a look-up that is slow is not waited for where there is something old")
    func slow() {
        let record = Self.record(.addresses([Self.address("192.0.2.1")], ttl: .seconds(60)))
        record.ticket = 1
        #expect(record.use(demand: nil, Self.at(100)) == .unknown)
        record.isSlow = true
        #expect(record.use(demand: nil, Self.at(100)) == .stale)
        #expect(record.use(demand: Self.at(100), Self.at(100)) == .unknown)
    }

    @Test("families take turns, the address that answered last goes first, and what may not be connected to goes")
    func order() {
        let found = ["192.0.2.1", "10.0.0.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "2001:db8::3"].map(
            Self.address)
        let record = Self.record(.addresses(found, ttl: nil))
        let texts = { record.addresses.map(\.description) }
        #expect(texts() == ["192.0.2.1", "2001:db8::1", "192.0.2.2", "2001:db8::2", "2001:db8::3"])
        record.answered(at: Self.address("2001:db8::2"))
        #expect(texts() == ["2001:db8::2", "192.0.2.1", "2001:db8::1", "192.0.2.2", "2001:db8::3"])
        Self.take(.addresses(found, ttl: nil), into: record, at: 100)
        #expect(texts().first == "2001:db8::2", "a new look-up keeps it in front")
        let refused = Self.record(.addresses([Self.address("10.0.0.1")], ttl: nil))
        #expect(refused.addresses == [Self.address("10.0.0.1")], "the worker refuses it, and says so")
    }

    @Test("an address that nobody connects to is used no more; without any the name is looked up anew")
    func drop() {
        let record = Self.record(.addresses([Self.address("192.0.2.1"), Self.address("192.0.2.2")], ttl: .hours(1)))
        record.drop(Self.address("192.0.2.1"), now: Self.at(1))
        #expect(record.addresses == [Self.address("192.0.2.2")])
        #expect(record.use(demand: nil, Self.at(1)) == .fresh)
        record.drop(Self.address("192.0.2.2"), now: Self.at(2))
        #expect(record.use(demand: nil, Self.at(2)) == .unknown)
    }
}
