import Foundation
import Logging
import Testing

@testable import CrawlService

@Suite struct LogLineTests {
    @Test(arguments: [
        ("plain", "plain"), ("https://a.example/?b=c&d=e", "https://a.example/?b=c&d=e"), ("", "\"\""),
        ("two words", "\"two words\""), ("a\"b", "\"a\\\"b\""), ("a\\b", "\"a\\\\b\""),
        ("a\nwarning broken-origin url=x", "\"a\\nwarning broken-origin url=x\""), ("a\r\tb", "\"a\\r\\tb\""),
        ("\u{1B}[2J", "\"\\u001b[2J\""), ("\u{7F}", "\"\\u007f\""), ("\u{85}\u{9B}", "\"\\u0085\\u009b\""),
        ("a\u{2028}b", "\"a\\u2028b\""), ("\u{202E}gpj", "\"\\u202egpj\""), ("\u{A0}", "\"\\u00a0\""),
        ("\u{E0001}", "\"\\udb40\\udc01\""), ("größe", "größe"), ("\0", "\"\\u0000\""),
    ])
    func values(raw: String, written: String) {
        #expect(LogEscape.value(raw) == written)
    }

    @Test(arguments: [
        ("listening on the socket", "listening on the socket"), ("a url=b", "\"a url=b\""), ("a\nb", "\"a\\nb\""),
    ])
    func messages(raw: String, written: String) {
        #expect(LogEscape.message(raw) == written)
    }

    @Test func longValuesAreCut() {
        let long = String(repeating: "x", count: 20_000)
        #expect(LogEscape.value(long).utf8.count == LogEscape.maxBytes + "\"…\"".utf8.count)
    }

    static let record = LogRecord(
        ms: 1_767_323_045_678, level: .warning, message: "broken-origin",
        metadata: [
            "url": "https://a.example/x y", "cause": "520", "cf-ray": "8", "bad key=": "v", "message": "m",
            "message_id": "0123456789ABCDEF0123456789abcdef",
        ])

    @Test func text() {
        #expect(
            LogLine.text(Self.record)
                == "2026-01-02T03:04:05.678Z warning broken-origin url=\"https://a.example/x y\" cause=520 bad_key_=v"
                + " cf-ray=8 message=m")
    }

    @Test func json() throws {
        let line = LogLine.json(Self.record)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        #expect(
            object == [
                "time": "2026-01-02T03:04:05.678Z", "level": "warning", "message": "broken-origin", "bad_key_": "v",
                "cause": "520", "cf-ray": "8", "field_message": "m", "url": "https://a.example/x y",
            ])
    }

    @Test("numbers and truth values are bare in JSON, and what only looks like one is a string")
    func bareValues() throws {
        let record = LogRecord(
            ms: 0, level: .info, message: "m",
            metadata: [
                "count": .stringConvertible(7), "below": .stringConvertible(Int64(-1)), "cut": .stringConvertible(true),
                "cause": "520", "name": .stringConvertible("7"),
            ])
        #expect(
            LogLine.json(record) == """
                {"time":"1970-01-01T00:00:00.000Z","level":"info","message":"m","cause":"520","below":-1,"count":7,\
                "cut":true,"name":"7"}
                """)
        #expect(LogLine.text(record).hasSuffix(" info m cause=520 below=-1 count=7 cut=true name=7"))
    }

    @Test(arguments: [
        0...0xfff, 0x1000...0x1fff, 0x2000...0x2fff, 0xf000...0xffff, 0x1f600...0x1f60f, 0xe0000...0xe007f,
    ])
    func jsonSurvivesEveryCharacter(range: ClosedRange<UInt32>) throws {
        let text = String(String.UnicodeScalarView(range.compactMap(Unicode.Scalar.init)))
        let line = LogLine.json(LogRecord(ms: 0, level: .info, message: text, metadata: [:]))
        #expect(!line.unicodeScalars.contains { LogEscape.isUnsafe($0) && $0 != " " })
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        #expect(Array((object["message"] ?? "").unicodeScalars) == Array(text.unicodeScalars))
    }

    @Test func journal() {
        #expect(
            JournalEntry(Self.record).fields == [
                "MESSAGE=broken-origin url=\"https://a.example/x y\" cause=520 bad_key_=v cf-ray=8 message=m",
                "PRIORITY=4", "SYSLOG_IDENTIFIER=crawld", "MESSAGE_ID=0123456789abcdef0123456789abcdef",
                "CRAWLD_EVENT=broken-origin", "CRAWLD_URL=https://a.example/x y", "CRAWLD_CAUSE=520",
                "CRAWLD_BAD_KEY_=v", "CRAWLD_CF_RAY=8", "CRAWLD_MESSAGE=m",
            ])
    }

    @Test func aMalformedMessageIDIsDropped() {
        let record = LogRecord(ms: 0, level: .info, message: "m", metadata: ["message_id": "1\nPRIORITY=0"])
        #expect(JournalEntry(record).fields == ["MESSAGE=m", "PRIORITY=6", "SYSLOG_IDENTIFIER=crawld"])
    }
}
