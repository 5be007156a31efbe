import CrawlCore
import DomainKit
import Testing

@Suite struct RegistrableDomainTests {
    @Test(
        "by the public suffix list; suffixes and addresses stand for themselves and their network",
        arguments: [
            ("www.example.com", "example.com"), ("example.com", "example.com"), ("a.b.example.co.uk", "example.co.uk"),
            ("co.uk", "co.uk"), ("me.github.io", "me.github.io"), ("www.me.github.io", "me.github.io"),
            ("localhost", "localhost"), ("xn--bcher-kva.de", "xn--bcher-kva.de"),
            ("shop.xn--bcher-kva.de", "xn--bcher-kva.de"), ("a.test", "a.test"), ("192.0.2.77", "192.0.2.0/24"),
            ("2001:db8:1:2::3", "2001:db8:1::/48"), ("", ""), ("..", "."),
        ])
    func name(host: String, expected: String) {
        #expect(String(decoding: RegistrableDomain.name(of: Array(host.utf8)[...]), as: UTF8.self) == expected)
    }

    @Test(
        "ports, schemes and subdomains share a key",
        arguments: [
            ("http://example.com", "https://www.example.com:8443", true),
            ("http://example.com", "http://example.org", false),
            ("http://192.0.2.1", "https://192.0.2.200:1", true), ("http://192.0.2.1", "http://192.0.3.1", false),
            ("http://[2001:db8:1:2::3]:80", "http://[2001:db8:1:ffff::1]", true),
            ("http://[2001:db8:1::1]", "http://[2001:db8:2::1]", false),
        ])
    func key(a: String, b: String, isSame: Bool) {
        #expect((RegistrableDomain.key(Array(a.utf8)) == RegistrableDomain.key(Array(b.utf8))) == isSame)
    }

    @Test(
        "nobody may set cookies for all hosts under a public suffix",
        arguments: [
            ("com", true), ("co.uk", true), ("github.io", true), ("localhost", true), ("test", true),
            ("example.com", false), ("www.example.co.uk", false), ("me.github.io", false), ("a.test", false),
            ("192.0.2.1", false), ("2001:db8::1", false), ("co.uk.", true), ("", true),
        ])
    func suffix(host: String, isSuffix: Bool) {
        #expect(RegistrableDomain.isPublicSuffix(Array(host.utf8)) == isSuffix)
    }
}
