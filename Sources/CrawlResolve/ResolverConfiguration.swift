package import CrawlCore

/// Where a name server listens.
package struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
    package var address: IPAddress
    package var port: UInt16

    package init(_ address: IPAddress, port: UInt16 = 53) {
        self.address = address
        self.port = port
    }

    /// `ADDRESS` or `ADDRESS:PORT`, an IPv6 address with a port in brackets, as `description` has them; nil = neither.
    package init?(_ text: String) {
        if let address = IPAddress(text.utf8) {
            self.init(address)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        var host = text[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
            guard let address = IPAddress(host.utf8), !address.isV4 else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = UInt16(digits), port > 0, let address = IPAddress(host.utf8)
        else { return nil }
        self.init(address, port: port)
    }

    /// `192.0.2.1`; with another port than 53 `192.0.2.1:5353`, `[2001:db8::1]:5353`.
    package var description: String {
        guard port != 53 else { return "\(address)" }
        return address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
}

/// resolv.conf(5), of which only the servers matter here: names are absolute, and times are our own.
package struct ResolverConfiguration: Sendable, Hashable {
    /// As many as glibc takes.
    package static let mostServers = 3
    package static let mostBytes = 64 << 10

    /// At least one.
    package var servers: [ServerAddress]
    /// `nameserver` lines whose address has a zone (`fe80::1%eth0`) or is none; they are not asked.
    package var ignored: [String] = []

    /// No server is named: the one on this machine (resolv.conf(5)).
    package init() { servers = [ServerAddress(IPAddress(v4: 0x7F00_0001))] }

    package init(_ text: [UInt8]) {
        var found: [ServerAddress] = []
        for line in text.prefix(Self.mostBytes).split(whereSeparator: { $0 == UInt8(ascii: "\n") }) {
            let words = line.split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == 13 })
            // glibc takes only what begins the line.
            guard line.first.map({ $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) ?? false, words.count > 1,
                words[0].elementsEqual("nameserver".utf8)
            else { continue }
            if let address = IPAddress(words[1]) {
                let server = ServerAddress(address)
                if found.count < Self.mostServers, !found.contains(server) { found.append(server) }
            } else {
                ignored.append(String(decoding: words[1].prefix(64), as: UTF8.self))
            }
        }
        servers = found.isEmpty ? Self().servers : found
    }
}
