import CrawlCore
import CrawlTesting
import Foundation
import Testing

@testable import CrawlResolve

struct HostsFileTests {
    private static let file = HostsFile(
        Array(
            """
            127.0.0.1 localhost
            # 10.0.0.9 not.example
            192.0.2.7\tA.example  b.example.\t# c.example
            2001:db8::7 a.example
            192.0.2.8 a.example\r
            192.0.2.8 a.example
            nonsense d.example
            fe80::1%eth0 e.example
            192.0.2.9

            """.utf8))

    private func texts(_ host: String, _ families: NameFamilies) -> [String]? {
        Self.file.addresses(host, families)?.map(\.description)
    }

    @Test func aNameHasAllAddressesOfItsLines() {
        #expect(texts("a.example", .both) == ["192.0.2.7", "192.0.2.8", "2001:db8::7"])
        #expect(texts("a.example", .v4) == ["192.0.2.7", "192.0.2.8"])
        #expect(texts("b.example", .both) == ["192.0.2.7"])
    }

    @Test(arguments: ["c.example", "not.example", "d.example", "e.example", "www.a.example"])
    func whatIsNotThereIsAskedFor(_ host: String) { #expect(texts(host, .both) == nil) }

    @Test func aNameWithoutAddressesOfTheFamilyIsAskedFor() { #expect(texts("b.example", .v6) == nil) }
}

struct ResolverConfigurationTests {
    private func servers(_ text: String) -> [String] {
        ResolverConfiguration(Array(text.utf8)).servers.map(\.description)
    }

    @Test func theServersAreReadInOrder() {
        let text = "search a.example\noptions ndots:5 timeout:1\nnameserver 192.0.2.1\r\n nameserver 192.0.2.9\n"
        #expect(servers(text + "nameserver\t2001:db8::1 # x\n;nameserver 192.0.2.3\n") == ["192.0.2.1", "2001:db8::1"])
    }

    @Test func threeAreTaken() {
        #expect(
            servers((1...5).map { "nameserver 192.0.2.\($0)\n" }.joined()) == ["192.0.2.1", "192.0.2.2", "192.0.2.3"])
    }

    @Test(arguments: ["", "nameserver\n", "nameserver fe80::1%eth0\n", "nameservers 192.0.2.1"])
    func withoutOneTheMachineItselfIsAsked(_ text: String) { #expect(servers(text) == ["127.0.0.1"]) }

    @Test func whatCannotBeAskedIsTold() {
        let text = "nameserver fe80::1%eth0\nnameserver 192.0.2.1:53\nnameserver 192.0.2.1\n"
        #expect(ResolverConfiguration(Array(text.utf8)).ignored == ["fe80::1%eth0", "192.0.2.1:53"])
    }
}

struct WatchedFileTests {
    @Test func aFileIsReadAgainWhenItChanges() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("hosts")
        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
        let start = Instant(ms: 1_000_000)
        var file = WatchedFile(path: path, mostBytes: 100)
        // Not there, which is as good as empty.
        #expect(file.change(start) == [])
        try write("a")
        #expect(file.change(start + .milliseconds(999)) == nil)
        #expect(file.change(start + .seconds(1)) == Array("a".utf8))
        #expect(file.change(start + .seconds(2)) == nil)
        // Another file of the same size.
        try FileManager.default.removeItem(atPath: path)
        try write("b")
        #expect(file.change(start + .seconds(3)) == Array("b".utf8))
        try FileManager.default.removeItem(atPath: path)
        #expect(file.change(start + .seconds(4)) == [])
        #expect(file.change(start + .seconds(5)) == nil)
    }
}

struct ServerAddressTests {
    @Test(arguments: ["192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353", "127.0.0.1:1"])
    func whatIsReadIsWhatIsShown(_ text: String) { #expect(ServerAddress(text)?.description == text) }

    @Test func port53IsNotShown() { #expect(ServerAddress("[::1]:53")?.description == "::1") }

    @Test(arguments: [
        "", ":", ":53", "ns.example", "192.0.2.53:", "192.0.2.53:0", "192.0.2.53:65536", "192.0.2.53:+1",
        "192.0.2.53:5353:1",
        "[192.0.2.53]:53", "[::1]", "[::1", "fe80::1%eth0", "192.0.2.053",
    ])
    func othersAreNone(_ text: String) { #expect(ServerAddress(text) == nil) }
}
