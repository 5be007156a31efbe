import CrawlCore
import CrawlOutput
import CrawlTesting
import Testing

@Suite struct RevisitTests {
    private static func digest(_ number: Int) -> RecordDigest {
        var digest = RunningDigest(.sha1)
        withUnsafeBytes(of: number) { digest.update($0) }
        return digest.finish()
    }

    private static func record(
        _ number: Int, at date: Instant = Trial.now, uri: String? = nil, bytes: Int64 = 512, isResponse: Bool = true,
        isWhole: Bool = true
    ) -> MainRecord {
        MainRecord(
            id: RecordID(high: UInt64(number), low: 1), isResponse: isResponse, date: date,
            targetURI: Array((uri ?? "http://a.example/\(number)").utf8), payloadDigest: digest(number),
            payloadBytes: bytes, isWhole: isWhole, ticket: 0)
    }

    private func table(_ capacity: Int, ringBytes: Int64 = RevisitTexts.usualBytes) throws -> RevisitTable {
        let folder = try TemporaryFolder()
        return RevisitTable(
            capacity: capacity, rule: RevisitRule(), texts: try RevisitTexts(in: folder.path, ringBytes: ringBytes))
    }

    @Test func theLastPayloadsAreFound() throws {
        let table = try table(1000)
        let numbers = 0..<5000
        table.note(numbers.map { Self.record($0) })
        for number in numbers {
            let found = table.find(Self.digest(number), at: Trial.now)
            #expect(found == (number < 4000 ? nil : Self.record(number).original))
        }
    }

    /// Against a dictionary, with payloads that come again and drop out.
    @Test func itIsADictionaryOfTheLast() throws {
        var random = SeededRandom(seed: 7)
        let table = try table(64)
        var last: [Int] = []
        for step in 0..<20_000 {
            let number = random.int(0...150)
            table.note([Self.record(number, at: Trial.now + .milliseconds(step))])
            last = last.suffix(63) + [number]
            let asked = random.int(0...150)
            #expect((table.find(Self.digest(asked), at: Trial.now) != nil) == last.contains(asked))
        }
    }

    @Test func theLaterOfTwoIsPointedAt() throws {
        let table = try table(10)
        table.note([Self.record(1), Self.record(1, at: Trial.now + .seconds(5), uri: "http://b.example/")])
        let found = try #require(table.find(Self.digest(1), at: Trial.now))
        #expect(String(decoding: found.targetURI, as: UTF8.self) == "http://b.example/")
        #expect(found.date == Trial.now + .seconds(5))
    }

    @Test func theTableOfCrawldIsWithinItsMemory() throws {
        let table = try table(RevisitTable.usualCapacity)
        #expect(table.capacity == 262_144)
        #expect(table.bytes <= 16_000_000)
    }

    @Test(arguments: [
        (Self.record(1, bytes: 511), "smaller than 512 bytes"), (Self.record(1, isResponse: false), "a revisit"),
        (Self.record(1, isWhole: false), "cut"),
        (Self.record(1, uri: String(repeating: "x", count: 9000)), "a long URI"),
    ])
    func isNotPointedAt(_ record: MainRecord, _ why: String) throws {
        let table = try table(10)
        table.note([record])
        #expect(table.find(Self.digest(1), at: Trial.now) == nil, "\(why)")
    }

    @Test func nothingOldIsPointedAt() throws {
        let table = try table(10)
        table.note([Self.record(1)])
        #expect(table.find(Self.digest(1), at: Trial.now + .seconds(30 * 86400)) != nil)
        #expect(table.find(Self.digest(1), at: Trial.now + .seconds(30 * 86400) + .milliseconds(1)) == nil)
    }

    /// The ring of URIs is smaller than what they need: what is found is right all the same.
    @Test func forgottenURIsAreNotFound() throws {
        let table = try table(1000, ringBytes: 10_000)
        let long = String(repeating: "u", count: 90)
        table.note((0..<500).map { Self.record($0, uri: "\($0)\(long)") })
        let found = (0..<500).filter { number in
            guard let original = table.find(Self.digest(number), at: Trial.now) else { return false }
            #expect(String(decoding: original.targetURI, as: UTF8.self) == "\(number)\(long)")
            return true
        }
        #expect(found.count > 60)
        #expect(found == Array((500 - found.count)..<500))
    }

    // MARK: The rule

    enum Form: Sendable, Equatable { case response, identical(Int), notModified(Int) }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var status: Int32 = 200
        var bytes = 512
        var end = ExchangeEnd.whole
        /// Numbers of originals; that of the payload is 1.
        var own: Int?
        var ownAge = Duration.zero
        var other: Int?
        var form: Form
    }

    @Test(arguments: [
        Case(testDescription: "nothing is known", form: .response),
        Case(testDescription: "the URL's own", own: 1, other: 1, form: .identical(1)),
        Case(testDescription: "the URL's own has changed", own: 2, form: .response),
        Case(testDescription: "another URL's", own: 2, other: 1, form: .identical(1)),
        Case(testDescription: "the URL's own is old", own: 1, ownAge: .seconds(31 * 86400), form: .response),
        Case(testDescription: "another URL's says another digest", other: 3, form: .response),
        Case(testDescription: "a small payload", bytes: 511, own: 1, other: 1, form: .response),
        Case(testDescription: "a cut payload", end: .length, own: 1, other: 1, form: .response),
        Case(testDescription: "304", status: 304, bytes: 0, own: 2, form: .notModified(2)),
        Case(testDescription: "304 that nobody asked for", status: 304, bytes: 0, other: 1, form: .response),
        Case(testDescription: "304, cut", status: 304, bytes: 0, end: .disconnect, own: 2, form: .response),
        Case(testDescription: "404", status: 404, own: 1, form: .identical(1)),
    ])
    func form(_ each: Case) {
        var exchange = Trial.exchange(body: Array(repeating: 1, count: each.bytes), status: each.status)
        exchange.end = each.end
        let own = each.own.flatMap { Self.record($0, at: Trial.now - each.ownAge).original }
        let form = RevisitRule().form(of: exchange, payload: Self.digest(1), own: own, at: Trial.now) { _ in
            each.other.flatMap { Self.record($0).original }
        }
        switch form {
        case .response: #expect(each.form == .response)
        case .identicalPayload(let original): #expect(each.form == .identical(Int(original.id.high)))
        case .notModified(let original): #expect(each.form == .notModified(Int(original.id.high)))
        }
    }
}
