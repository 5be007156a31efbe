import ControlAPI
import Foundation
import Testing

struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_456_000_000, "2100-02-28T00:00:00.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (1_772_323_199_123, "2026-02-28T23:59:59.123Z"), (Timestamp.latest, "9999-12-31T23:59:59.999Z"),
            (Timestamp.earliest, "0000-01-01T00:00:00.000Z"),
        ] as [(Int64, String)]) func known(_ ms: Int64, _ text: String)
    {
        #expect(Timestamp.text(ms) == text)
        #expect(Timestamp.milliseconds(text) == ms)
    }

    @Test func outOfRangeIsClamped() {
        #expect(Timestamp.text(.max) == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp.text(.min) == "0000-01-01T00:00:00.000Z")
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:01Z", 1000), ("1970-01-01t00:00:01z", 1000), ("1970-01-01T00:00:00.5Z", 500),
            ("1970-01-01T00:00:00.1239Z", 123), ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T23:30:00-00:30", 0),
            ("2000-02-29T00:00:00Z", 951_782_400_000),
        ] as [(String, Int64)]) func parsed(_ text: String, _ ms: Int64)
    {
        #expect(Timestamp.milliseconds(text) == ms)
    }

    @Test(arguments: [
        "", "1970", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z", "1970-13-01T00:00:00Z",
        "1970-00-01T00:00:00Z", "1970-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2000-02-30T00:00:00Z",
        "1970-04-31T00:00:00Z", "1970-01-00T00:00:00Z", "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z",
        "1970-01-01T00:00:60Z", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00ZZ", "1970-01-01T00:00:00+0100",
        "1970-01-01T00:00:00+24:00", "+970-01-01T00:00:00Z", "1970-01-01T00:00:0xZ", "１970-01-01T00:00:00Z",
    ]) func refused(_ text: String) {
        #expect(Timestamp.milliseconds(text) == nil)
    }

    @Test func everyTimeComesBack() {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        for _ in 0..<20_000 {
            let ms = Int64.random(in: Timestamp.earliest...Timestamp.latest, using: &random)
            #expect(Timestamp.milliseconds(Timestamp.text(ms)) == ms)
        }
    }

    @Test func textAgreesWithTheCalendar() {
        var random = SplitMix(state: 7)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for _ in 0..<500 {
            let seconds = Int64.random(in: 0...4_000_000_000, using: &random)
            #expect(Timestamp.text(seconds * 1000) == Date(timeIntervalSince1970: Double(seconds)).formatted(style))
        }
    }
}

struct DurationTextTests {
    @Test(
        arguments: [
            ("500ms", 500), ("8s", 8000), ("30m", 1_800_000), ("1h", 3_600_000), ("7d", 604_800_000), ("0s", 0),
            ("1500ms", 1500), ("90s", 90_000),
        ] as [(String, Int64)]) func parsed(_ text: String, _ ms: Int64)
    {
        #expect(DurationText.duration(text) == .milliseconds(ms))
    }

    @Test(arguments: [
        "", "s", "1", "1 s", "-1s", "+1s", "1.5s", "1S", "1w", "1mss", "never", "1s ", "99999999999999999999s",
        "9223372036854775807d",
    ])
    func refused(_ text: String) {
        #expect(DurationText.duration(text) == nil)
    }

    @Test(
        arguments: [
            (500, "500ms"), (1500, "1500ms"), (8000, "8s"), (90_000, "90s"), (1_800_000, "30m"), (3_600_000, "1h"),
            (86_400_000, "1d"), (0, "0s"), (-5, "0s"),
        ] as [(Int64, String)]) func printed(_ ms: Int64, _ text: String)
    {
        #expect(DurationText.text(.milliseconds(ms)) == text)
    }

    @Test func everyDurationComesBack() {
        var random = SplitMix(state: 11)
        for _ in 0..<5000 {
            let duration = Duration.milliseconds(Int64.random(in: 0...10_000_000_000, using: &random))
            #expect(DurationText.duration(DurationText.text(duration)) == duration)
        }
    }
}
