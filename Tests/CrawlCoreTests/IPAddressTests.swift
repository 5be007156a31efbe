import CrawlCore
import Testing

struct IPAddressTests {
    @Test(arguments: [
        ("1.2.3.4", "1.2.3.4"), ("255.255.255.255", "255.255.255.255"), ("0.0.0.0", "0.0.0.0"), ("::", "::"),
        ("::1", "::1"), ("1::", "1::"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"), ("::ffff:1.2.3.4", "::ffff:102:304"), ("fe80::1:2", "fe80::1:2"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ])
    func text(_ input: String, _ output: String) {
        #expect(IPAddress(input.utf8)?.description == output)
        #expect(IPAddress(output.utf8) == IPAddress(input.utf8))
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1..2.3", "a.b.c.d", " 1.2.3.4", ":", ":::", "1::2::3",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::", "::1%eth0", "1.2.3.4::",
        "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4", "[::1]",
    ])
    func noAddress(_ input: String) { #expect(IPAddress(input.utf8) == nil) }

    @Test func networks() throws {
        let v4 = try #require(IPNetwork("10.1.2.3/8"))
        #expect(v4.description == "10.0.0.0/8")
        #expect(v4.contains(IPAddress(v4: 0x0AFF_FFFF)))
        #expect(!v4.contains(IPAddress(v4: 0x0B00_0000)))
        #expect(try #require(IPNetwork("0.0.0.0/0")).contains(IPAddress(v4: 0xFFFF_FFFF)))
        let v6 = try #require(IPNetwork("2001:db8::/96"))
        #expect(v6.contains(IPAddress(v6High: 0x2001_0DB8_0000_0000, low: 0xFFFF_FFFF)))
        #expect(!v6.contains(IPAddress(v6High: 0x2001_0DB8_0000_0000, low: 0x1_0000_0000)))
        #expect(try #require(IPNetwork("::/0")).contains(IPAddress(v6High: .max, low: .max)))
        #expect(!(try #require(IPNetwork("::/0")).contains(IPAddress(v4: 1))))
        #expect(IPNetwork("1.2.3.4")?.prefix == 32)
        for text in ["", "x", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/", "1.2.3.4/1/1", "::/129", "1.2.3.4/+8"] {
            #expect(IPNetwork(text) == nil, "\(text)")
        }
    }
}
