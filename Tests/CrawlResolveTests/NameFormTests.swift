import CrawlCore
import Testing

@testable import CrawlResolve

struct NameFormTests {
    private static let label63 = String(repeating: "a", count: 63)

    @Test(arguments: [
        "a", "a.example", "xn--bcher-kva.example", "_x.example", "a-.example", "1.example", "127.0.0.1.example",
        "\(label63).example", "mylocalhost", "localhost.example",
        [label63, label63, label63, String(repeating: "b", count: 61)].joined(separator: "."),
    ])
    func aNameIsAskedFor(_ host: String) { #expect(NameForm.of(host) == .name) }

    @Test(arguments: [
        "", ".", ".a", "a.", "a..b", "\(label63)a.example", "a\u{0}b", "a b", "a\\.b", "ä.example", "a\u{7F}b", "a\tb",
        [label63, label63, label63, String(repeating: "b", count: 62)].joined(separator: "."), "127.1", "2130706433",
        "1.2.3.256", "onion", "x.onion",
    ])
    func whatIsNoNameIsNotAskedFor(_ host: String) { #expect(NameForm.of(host) == .impossible) }

    @Test(arguments: ["localhost", "a.localhost", "a.b.localhost", "LOCALHOST"])
    func localhostIsLoopback(_ host: String) { #expect(NameForm.of(host) == .loopback) }

    @Test(arguments: ["127.0.0.1", "::1", "2001:db8::1"])
    func anAddressStandsForItself(_ host: String) throws {
        #expect(NameForm.of(host) == .literal(try #require(IPAddress(host.utf8))))
    }
}
