import CrawlCore
import Testing

struct RetryAfterTests {
    /// 1994-11-06T08:49:37Z.
    private static let epoch = Instant(ms: 784_111_777_000)

    @Test(arguments: [
        ("0", 0), ("120", 120), (" 7 ", 7), ("31622400", 31_622_400),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Sun, 06 Nov 1994 08:50:37 GMT", 60),
        ("Sunday, 06-Nov-94 09:49:37 GMT", 3600), ("Sun Nov  6 08:49:38 1994", 1),
        ("Mon, 07 Nov 1994 08:49:37 GMT", 86400),
        ("Wed, 01 Mar 1995 00:00:00 GMT", 9_904_223),
    ])
    func seconds(_ text: String, _ seconds: Int) {
        #expect(RetryAfter.parse(text, now: Self.epoch) == .seconds(seconds))
    }

    @Test(arguments: [
        "", " ", "-1", "1.5", "1e3", "+5", "soon", "31622401", "99999999999999999999", "Sun, 06 Nov 1994 08:49:36 GMT",
        "Sun, 06 Nov 2024 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37", "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "06 Nov 1994", "٣",
    ])
    func unusable(_ text: String) { #expect(RetryAfter.parse(text, now: Self.epoch) == nil) }

    @Test func epochIsRight() {
        #expect(HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT", now: Self.epoch) == Self.epoch)
        #expect(HTTPDate.parse("Thu, 01 Jan 1970 00:00:00 GMT", now: Self.epoch) == Instant(ms: 0))
        #expect(HTTPDate.parse("Thu, 29 Feb 2024 00:00:00 GMT", now: Self.epoch) == Instant(ms: 1_709_164_800_000))
    }
}
