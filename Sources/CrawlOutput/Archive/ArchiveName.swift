package import CrawlCore

/// The name of a file, as ISO 28500:2017 Annex C proposes: `crawld-20260228235959123-00001-host.warc.gz`. Names of one
/// prefix sort by time. `.open` behind it while it is written.
package struct ArchiveName: Sendable, Hashable {
    package static let openSuffix = ".open"

    /// Its final name.
    package let text: String
    /// What its name says of how it is stored; the level is not said.
    package let isGzip: Bool

    /// `prefix` and `host`: what is neither letter, digit nor `.` or `-` becomes `_`. `serial`: counts the files of one
    /// process from 1.
    package init(prefix: String, at date: Instant, serial: Int, host: String, coding: RecordCoding) {
        let parts = DateParts(date)
        var bytes = Self.plain(prefix)
        bytes.put("-")
        bytes.put(parts.year, digits: 4)
        for part in [parts.month, parts.day, parts.hour, parts.minute, parts.second] { bytes.put(part, digits: 2) }
        bytes.put(parts.millisecond, digits: 3)
        bytes.put("-")
        bytes.put(Int64(serial), digits: 5)
        bytes.put("-")
        bytes += Self.plain(host)
        bytes += coding.suffix.utf8
        text = String(decoding: bytes, as: UTF8.self)
        isGzip = coding != .plain
    }

    /// Of a file found in the folder, `.open` behind it or not; nil if it is not named so, whoever made it.
    package init?(_ found: String) {
        var stem = found[...]
        if stem.hasSuffix(Self.openSuffix) { stem = stem.dropLast(Self.openSuffix.count) }
        text = String(stem)
        isGzip = stem.hasSuffix(".warc.gz")
        guard isGzip || stem.hasSuffix(".warc") else { return nil }
        // A prefix or a host may hold hyphens too.
        let parts = stem.dropLast(isGzip ? 8 : 5).utf8.split(
            separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        func isNumber(_ i: Int, _ digits: ClosedRange<Int>) -> Bool {
            digits.contains(parts[i].count) && parts[i].allSatisfy { (0x30...0x39).contains($0) }
        }
        guard parts.count >= 4,
            (1..<(parts.count - 2)).contains(where: { isNumber($0, 17...17) && isNumber($0 + 1, 5...18) })
        else { return nil }
    }

    package var open: String { text + Self.openSuffix }

    private static func plain(_ text: String) -> [UInt8] {
        let bytes = text.utf8.prefix(64).map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."): byte
            default: UInt8(ascii: "_")
            }
        }
        // A leading dot would hide it.
        return bytes.isEmpty || bytes.first == UInt8(ascii: ".") ? Array("_".utf8) + bytes : bytes
    }
}
