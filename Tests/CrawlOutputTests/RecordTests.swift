import CrawlCore
import CrawlOutput
import Testing

@Suite struct RecordTests {
    private func records(_ trial: Trial, _ exchange: Exchange, as form: RecordForm = .response) throws -> [PlainRecord]
    {
        let archive = try trial.open()
        let group = try trial.maker(archive).make(exchange, as: form)
        return try #require(PlainRecord.read(group.bytes))
    }

    @Test(arguments: [
        (DigestAlgorithm.sha1, "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"),
        (.sha256, "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ])
    func digestOfNothing(_ algorithm: DigestAlgorithm, _ text: String) {
        #expect(RunningDigest(algorithm).finish().text == text)
    }

    @Test func idIsARandomUUID() {
        var random = Fixed(words: [0x0123_4567_89AB_CDEF, 0xFFFF_FFFF_FFFF_FFFF])
        #expect(RecordID(using: &random).text == "<urn:uuid:01234567-89ab-4def-bfff-ffffffffffff>")
    }

    private struct Fixed: RandomNumberGenerator {
        var words: [UInt64]
        mutating func next() -> UInt64 { words.removeFirst() }
    }

    @Test func aPageIsARequestAndAResponse() throws {
        var exchange = Trial.exchange("/page")
        exchange.remoteAddress = IPAddress(v4: 0xC000_0201)
        exchange.httpVersion = .http2
        exchange.tls = .tls13
        exchange.responseHead = Array("HTTP/1.1 200 OK\r\nA: b\r\n\r\n".utf8)
        let all = try records(Trial(), exchange)
        #expect(all.map { $0["WARC-Type"] } == ["metadata", "request", "response"])
        #expect(all[0].text == "protocol: h2\r\n")
        #expect(all[0]["Content-Type"] == "application/warc-fields")
        for one in all.dropLast() { #expect(one["WARC-Concurrent-To"] == all[2]["WARC-Record-ID"]) }
        #expect(
            all[2].fields.map(\.name) == [
                "WARC-Type", "WARC-Record-ID", "WARC-Date", "WARC-Target-URI", "WARC-IP-Address", "WARC-Protocol",
                "WARC-Protocol", "WARC-Payload-Digest", "WARC-Block-Digest", "Content-Type", "Content-Length",
            ])
        #expect(all[2]["WARC-Date"] == "2026-02-28T23:59:59.123Z")
        #expect(all[2]["WARC-Target-URI"] == "http://a.example/page")
        #expect(all[2]["WARC-IP-Address"] == "192.0.2.1")
        #expect(all[2].all("WARC-Protocol") == ["h2", "tls/1.3"])
        #expect(all[2]["WARC-Payload-Digest"] == "sha1:6VZNHFX25EQGMKDRJ6ZM4AHXF2KPEJMP")
        #expect(all[2].text == "HTTP/1.1 200 OK\r\nA: b\r\n\r\nhello\n")
    }

    @Test func aPlainPageOverHTTP1HasNoMetadata() throws {
        #expect(try records(Trial(), Trial.exchange()).map { $0["WARC-Type"] } == ["request", "response"])
    }

    @Test func whatWasChangedIsSaid() throws {
        var exchange = Trial.exchange(
            head: "HTTP/1.0 200\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n \r\n\r\n", version: .http10)
        exchange.interim = [100, 103]
        exchange.purpose = .robots
        #expect(
            try records(Trial(), exchange)[0].text == """
                purpose: robots\r
                status-line-as-received: HTTP/1.0 200\r
                interim-responses-dropped: 100, 103\r
                transfer-coding-removed: chunked\r
                content-length-removed: 9\r
                line-ends-made-crlf: 1\r
                blank-header-lines-removed: 1\r

                """)
    }

    @Test(
        arguments: [
            (ExchangeEnd.whole, nil), (.length, "length"), (.time, "time"), (.disconnect, "disconnect"),
        ] as [(ExchangeEnd, String?)])
    func truncation(_ end: ExchangeEnd, _ text: String?) throws {
        var exchange = Trial.exchange()
        exchange.end = end
        #expect(try records(Trial(), exchange).last?["WARC-Truncated"] == text)
    }

    @Test func aRevisitHasTheHeadAndWhatItPointsAt() throws {
        let trial = try Trial()
        let original = Original(
            id: trial.draws.makeID(), targetURI: Array("http://b.example/ä b".utf8), date: Instant(ms: 1),
            payloadDigest: RunningDigest(.sha1).finish())
        let forms: [(RecordForm, String)] = [
            (.identicalPayload(original), "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"),
            (.notModified(original), "http://netpreserve.org/warc/1.1/revisit/server-not-modified"),
        ]
        for (form, profile) in forms {
            let all = try records(Trial(), Trial.exchange(), as: form)
            let revisit = try #require(all.last)
            #expect(revisit["WARC-Type"] == "revisit")
            #expect(revisit["WARC-Profile"] == profile)
            #expect(revisit["WARC-Refers-To"] == original.id.text)
            #expect(revisit["WARC-Refers-To-Target-URI"] == "http://b.example/ä%20b")
            #expect(revisit["WARC-Refers-To-Date"] == "1970-01-01T00:00:00.001Z")
            #expect(revisit["WARC-Payload-Digest"] == original.payloadDigest.text)
            #expect(revisit.text == "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
            #expect(revisit["WARC-Truncated"] == nil)
        }
    }

    @Test(arguments: [
        (Int64.min, "0000-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (0, "1970-01-01T00:00:00.000Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"), (.max, "9999-12-31T23:59:59.999Z"),
    ])
    func dates(_ ms: Int64, _ text: String) throws {
        var exchange = Trial.exchange()
        exchange.date = Instant(ms: ms)
        #expect(try records(Trial(), exchange).last?["WARC-Date"] == text)
    }

    /// Nothing of a stranger's ends a line of ours.
    @Test func hostileTextStaysInItsField() throws {
        var exchange = Trial.exchange(head: "HTTP/2 200 a\rb\r\n\r\n")
        exchange.targetURI = Array("http://a.example/\r\nWARC-Type: x\u{7f}".utf8)
        let all = try records(Trial(), exchange)
        #expect(all.allSatisfy { $0["WARC-Target-URI"] == "http://a.example/%0d%0aWARC-Type:%20x%7f" })
        #expect(all[0].text == "status-line-as-received: HTTP/2 200 a?b\r\ncontrol-characters-blanked: 1\r\n")
    }

    /// The records are the same, wherever the body was.
    @Test(arguments: [RecordCoding.plain, .gzip(level: 6)])
    func aSpooledBodyIsWrittenAsOneInMemory(_ coding: RecordCoding) throws {
        let body = Trial.noise(200_000) + Array(repeating: 0x61, count: 200_000)
        var texts: [[UInt8]] = []
        for isSpooled in [false, true] {
            let trial = try Trial(coding: coding)
            let archive = try trial.open()
            var exchange = Trial.exchange(body: body)
            if isSpooled {
                let file = archive.spool.makeFile(.body)
                try body.withUnsafeBytes { try file.append($0) }
                exchange.body = .file(file)
            }
            let group = try trial.maker(archive).make(exchange, as: .response)
            #expect((group.file != nil) == isSpooled)
            let place = try archive.append([group], at: Trial.now)[0]
            try archive.close()
            let bytes = try trial.only()
            #expect(place.end == Int64(bytes.count))
            texts.append(coding == .plain ? bytes : try Gunzip.all(bytes))
        }
        // The file's name is in the first record, and the same.
        #expect(texts[0] == texts[1])
        #expect(try #require(PlainRecord.read(texts[1])).last?.block.suffix(400_000).elementsEqual(body) == true)
    }
}
