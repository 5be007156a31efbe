import CrawlCore
import CrawlFetch
import Testing

struct AddressGuardTests {
    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
        "127.0.0.1", "127.255.0.1", "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192",
        "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::a00:1", "64:ff9b::169.254.169.254",
        "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "fc00::1", "fd00:ec2::254", "fe80::1", "febf::1",
        "fec0::1", "::ffff:0:127.0.0.1", "::ffff:0:a9fe:a9fe", "64:ff9b:1::101:101", "200::1", "1fff::1", "4000::1",
        "8000::1", "e000::1", "2002:c0a8:101:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "ff02::1", "100::1", "2001::1", "2001:db8::1", "3fff::1", "5f00::1",
    ])
    func refused(_ text: String) throws {
        let address = try #require(IPAddress(text.utf8))
        #expect(!AddressGuard().allows(address))
    }

    @Test(arguments: [
        "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
        "198.20.0.0", "223.255.255.255", "168.63.129.17",
        "2606:4700::1", "2a00::1", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1", "2001:200::1",
        "::ffff:0:1.1.1.1", "2000::1", "3ffe::1",
        "2003::1",
    ])
    func allowed(_ text: String) throws {
        let address = try #require(IPAddress(text.utf8))
        #expect(AddressGuard().allows(address))
    }

    @Test func exemptions() throws {
        let networks = ["127.0.0.0/8", "fd00::/8", "192.168.7.7"].compactMap { IPNetwork($0) }
        let sut = AddressGuard(allowing: networks)
        func allows(_ text: String) throws -> Bool { sut.allows(try #require(IPAddress(text.utf8))) }
        #expect(try allows("127.9.9.9"))
        #expect(try allows("::ffff:127.0.0.1"))
        #expect(try allows("fd12::1"))
        #expect(try allows("192.168.7.7"))
        #expect(try !allows("192.168.7.8"))
        #expect(try !allows("::1"))
        #expect(try !allows("fc00::1"))
    }
}
