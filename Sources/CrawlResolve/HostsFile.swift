package import CrawlCore

/// hosts(5): addresses, each with the names that it has.
package struct HostsFile: Sendable, Hashable {
    /// What is beyond is not read.
    package static let mostBytes = 16 << 20

    private var names: [[UInt8]: [IPAddress]] = [:]

    package init() {}

    /// Lines that are none are passed over, as glibc does.
    package init(_ text: [UInt8]) {
        for line in text.prefix(Self.mostBytes).split(whereSeparator: { $0 == UInt8(ascii: "\n") }) {
            let words = line.prefix { $0 != UInt8(ascii: "#") }
                .split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == 13 })
            guard words.count > 1, let address = IPAddress(words[0]) else { continue }
            for word in words.dropFirst() {
                var name = word.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
                if name.last == UInt8(ascii: ".") { name.removeLast() }
                if names[name]?.contains(address) != true { names[name, default: []].append(address) }
            }
        }
    }

    package var isEmpty: Bool { names.isEmpty }

    /// Those of `families`, IPv4 first, else in the file's order; nil = name servers are to be asked.
    package func addresses(_ host: String, _ families: NameFamilies) -> [IPAddress]? {
        guard !names.isEmpty, let all = names[Array(host.utf8)] else { return nil }
        let wanted =
            (families.contains(.v4) ? all.filter(\.isV4) : [])
            + (families.contains(.v6) ? all.filter { !$0.isV4 } : [])
        return wanted.isEmpty ? nil : wanted
    }
}
