import ControlAPI
package import CrawlCore
package import CrawlOutput
import Foundation

/// `output.warc`: the archive that pages are written to (ISO 28500). All of it is read at the start only.
package struct WarcConfig: Hashable, Sendable {
    package enum Compression: String, CaseIterable, Sendable {
        /// A member a record.
        case gzip
        case none
    }

    /// "" means that there is no archive. It must be there: nothing is made where a disk may not be mounted. Relative paths count
    /// from the working directory.
    package var directory = ""

    /// Begins the names of its files.
    package var prefix = "crawld"

    /// Bytes; a file is closed before it would grow beyond them, and when it is so old.
    package var maxFile = 1 << 30
    package var maxAge: Duration = .hours(1)

    package var store = StoreRule.success

    package var compress = Compression.gzip

    /// As libdeflate counts.
    package var compressLevel = 6

    /// One for the whole life of what is in the directory.
    package var digest = DigestAlgorithm.sha1

    /// Bytes that the disk is left with at least: before, fetching stops.
    package var minFree = 1 << 30

    /// What becomes of the values of Authorization and Cookie.
    package var secrets = SecretsRule.redact

    /// Records point at none that is older, and pages in older ones are asked for plainly.
    package var revisitMaxAge: Duration = .days(30)

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.string("dir", &directory)
        section.string("prefix", &prefix)
        section.size("max_file", &maxFile)
        section.duration("max_age", &maxAge)
        section.choice("store", &store)
        section.choice("compress", &compress)
        section.int("compress_level", &compressLevel)
        section.choice("digest", &digest)
        section.size("min_free", &minFree)
        section.choice("secrets", &secrets)
        section.duration("revisit_max_age", &revisitMaxAge)
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("output.warc")
        check.require(
            !directory.utf8.contains(0), "dir", directory, "must be the path of a directory, or \"\" for no archive")
        check.require(
            Self.isPrefix(prefix), "prefix", prefix,
            "must be 1 to 32 letters, digits, `-` or `_`, a letter or a digit first")
        check.size("max_file", maxFile, 1 << 20...1 << 40)
        check.duration("max_age", maxAge, .seconds(1)...Duration.days(365))
        check.int("compress_level", compressLevel, 1...12)
        check.size("min_free", minFree, 0...1 << 50)
        check.duration("revisit_max_age", revisitMaxAge, .zero...Duration.days(3650))
        return check.faults
    }

    /// Whoever gives such names to a program need not quote them, nor are they options.
    private static func isPrefix(_ text: String) -> Bool {
        func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: false
            }
        }
        return (1...32).contains(text.utf8.count) && text.utf8.first.map(isPlain) == true
            && text.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    package var isOn: Bool { !directory.isEmpty }

    /// What an archive asks of requests; nil = there is none.
    var rule: ArchiveRule? { isOn ? ArchiveRule(maxAge: revisitMaxAge) : nil }

    package var revisits: RevisitRule { RevisitRule(maxAge: revisitMaxAge) }

    /// The directory as the database knows it, from the root on: the working directory may be another one at the next start.
    package var folder: String { Self.folder(directory, from: FileManager.default.currentDirectoryPath) }

    /// Without what says nothing. `..` stays: behind a link it does not lead back.
    static func folder(_ path: String, from working: String) -> String {
        let whole = path.hasPrefix("/") ? path : working + "/" + path
        return "/" + whole.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
}

extension Config {
    /// What the archive is written by; nil = there is none. `host` ends the names of its files.
    package func archiveSettings(host: String) -> ArchiveSettings? {
        let warc = output.warc
        guard warc.isOn else { return nil }
        var settings = ArchiveSettings(folder: warc.folder, host: host)
        settings.prefix = warc.prefix
        settings.coding =
            switch warc.compress {
            case .gzip: .gzip(level: warc.compressLevel)
            case .none: .plain
            }
        settings.digest = warc.digest
        settings.secrets = warc.secrets
        settings.maxFile = Int64(warc.maxFile)
        settings.maxAge = warc.maxAge
        settings.minFree = Int64(warc.minFree)
        settings.info = [
            .init("software", "crawld/\(Version.current)"), .init("hostname", host),
            .init("http-header-user-agent", fetch.userAgent), .init("robots", robots.obey ? "classic" : "ignore"),
        ]
        return settings
    }
}
