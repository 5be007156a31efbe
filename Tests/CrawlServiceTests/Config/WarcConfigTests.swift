import CrawlCore
import CrawlOutput
import Foundation
import Testing

@testable import CrawlService

@Suite struct WarcConfigTests {
    @Test("without a directory there is no archive, and requests are what they were")
    func off() throws {
        for text in ["", "output: {warc: {prefix: x, digest: sha256}}\n"] {
            let config = try Config.parse(text, file: "c.yaml")
            #expect(config.archiveSettings(host: "h") == nil)
            #expect(config.schedulerRules.archive == nil)
        }
    }

    @Test("the defaults of the configuration are those of the archive")
    func defaults() throws {
        let config = try Config.parse("output: {warc: {dir: /srv/warc}}\n", file: "c.yaml")
        let settings = try #require(config.archiveSettings(host: "h"))
        let plain = ArchiveSettings(folder: "/srv/warc", host: "h")
        #expect(settings.folder == plain.folder && settings.host == "h" && settings.prefix == plain.prefix)
        #expect(settings.coding == plain.coding && settings.digest == plain.digest)
        #expect(settings.secrets == plain.secrets && settings.maxFile == plain.maxFile)
        #expect(settings.maxAge == plain.maxAge && settings.minFree == plain.minFree)
        #expect(config.schedulerRules.archive == ArchiveRule() && config.output.warc.revisits == RevisitRule())
        #expect(config.output.warc.store == .success)
        #expect(settings.info.contains(.init("software", "crawld/\(Version.current)")))
        #expect(settings.info.contains(.init("http-header-user-agent", config.fetch.userAgent)))
    }

    @Test func values() throws {
        let config = try Config.parse(
            """
            fetch: {user_agent: "mybot (+https://example.com)"}
            robots: {obey: false}
            output:
              warc:
                dir: /srv/warc
                prefix: my-crawl_2
                max_file: 64MiB
                max_age: 30m
                store: answers
                compress: none
                compress_level: 12
                digest: sha256
                min_free: 0B
                secrets: keep
                revisit_max_age: 7d

            """, file: "c.yaml")
        let settings = try #require(config.archiveSettings(host: "crawl1"))
        #expect(settings.prefix == "my-crawl_2" && settings.maxFile == 64 << 20 && settings.maxAge == .seconds(1800))
        #expect(settings.coding == .plain && settings.digest == .sha256 && settings.secrets == .keep)
        #expect(settings.minFree == 0)
        #expect(config.output.warc.store == .answers)
        #expect(config.schedulerRules.archive == ArchiveRule(maxAge: .seconds(7 * 86_400)))
        #expect(config.output.warc.revisits == RevisitRule(maxAge: .seconds(7 * 86_400)))
        #expect(settings.info.contains(.init("http-header-user-agent", "mybot (+https://example.com)")))
        #expect(settings.info.contains(.init("robots", "ignore")))
        #expect(settings.info.contains(.init("hostname", "crawl1")))
    }

    @Test("the level is libdeflate's", arguments: 1...12)
    func level(level: Int) throws {
        let config = try Config.parse("output: {warc: {dir: /w, compress_level: \(level)}}\n", file: "c.yaml")
        #expect(config.archiveSettings(host: "h")?.coding == .gzip(level: level))
    }

    @Test(
        "the database knows a directory by one name, however it is written",
        arguments: [
            ("/srv/warc", "/srv/warc"), ("/srv/warc/", "/srv/warc"), ("/srv//warc///", "/srv/warc"),
            ("/srv/./warc/.", "/srv/warc"), ("/srv/link/../warc", "/srv/link/../warc"), ("/", "/"),
            ("/srv/a b%20#?", "/srv/a b%20#?"), ("/srv/.warc", "/srv/.warc"), ("warc", "/home/me/warc"),
            ("./.run/warc/", "/home/me/.run/warc"),
        ])
    func folder(written: String, known: String) {
        #expect(WarcConfig.folder(written, from: "/home/me") == known)
        #expect(WarcConfig.folder(known, from: "/elsewhere") == known)
    }

    @Test("a relative directory counts from the working directory, as that of the state does")
    func relative() throws {
        let config = try Config.parse("output: {warc: {dir: .run/warc}}\n", file: "c.yaml")
        #expect(
            config.archiveSettings(host: "h")?.folder == FileManager.default.currentDirectoryPath + "/.run/warc")
    }

    @Test(arguments: [
        ("dir: [a]", "dir: [a]: must be text"), ("dir: \"a\\0b\"", "dir: "),
        ("prefix: \"\"", "prefix: \"\": "),
        ("prefix: a/b", "prefix: a/b: must be 1 to 32 letters, digits, `-` or `_`, a letter or a digit first"),
        ("prefix: -x", "prefix: -x: must be 1 to 32 letters"), ("prefix: .x", "prefix: .x: must be 1 to 32 letters"),
        ("prefix: a.b", "prefix: a.b: must be 1 to 32 letters"), ("prefix: ä", "prefix: ä: must be 1 to 32 letters"),
        ("prefix: a b", "prefix: a b: must be 1 to 32 letters"),
        ("prefix: abcdefghijklmnopqrstuvwxyz1234567", "prefix: abcdefghijklmnopqrstuvwxyz1234567: must be 1 to 32"),
        ("max_file: 1023KiB", "max_file: 1023KiB: must be from 1MiB to 1TiB"),
        ("max_file: 2TiB", "max_file: 2TiB: must be from 1MiB to 1TiB"),
        ("max_file: 5", "max_file: 5: must be a whole number with B, KiB, MiB or GiB"),
        ("max_age: 500ms", "max_age: 500ms: must be from 1s to 365d"),
        ("max_age: never", "max_age: never: must be a whole number with"),
        ("store: pages", "store: pages: must be one of success, answers, all"),
        ("compress: zstd", "compress: zstd: must be one of gzip, none"),
        ("compress_level: 0", "compress_level: 0: must be from 1 to 12"),
        ("compress_level: 13", "compress_level: 13: must be from 1 to 12"),
        ("digest: sha-256", "digest: sha-256: must be one of sha1, sha256"),
        ("min_free: -1B", "min_free: -1B: must be a whole number"),
        ("min_free: 1025TiB", "min_free: 1025TiB: must be from 0B to 1024TiB"),
        ("secrets: drop", "secrets: drop: must be one of redact, keep"),
        ("revisit_max_age: 4000d", "revisit_max_age: 4000d: must be from 0s to 3650d"),
        ("directory: /x", "directory: unknown key"),
    ])
    func faults(line: String, expected: String) throws {
        let yaml = "output:\n  warc:\n    \(line)\n"
        let faults = #expect(throws: ConfigFaults.self) { try Config.parse(yaml, file: "c.yaml") }
        let text = faults?.faults.map(\.description).first ?? ""
        #expect(text.hasPrefix("c.yaml:3: output.warc.\(expected)"), "\(text)")
    }

    @Test("a running archive is changed by a restart only")
    func reload() throws {
        let lines = [
            "dir: /a", "prefix: x", "max_file: 2GiB", "max_age: 2h", "store: all", "compress: none",
            "compress_level: 1",
            "digest: sha256", "min_free: 2GiB", "secrets: keep", "revisit_max_age: 1d",
        ]
        let new = try Config.parse("output: {warc: {\(lines.joined(separator: ", "))}}\n", file: "new")
        let change = ConfigChange(from: .defaults, to: new)
        #expect(change.inForce == [])
        #expect(change.restart == lines.map { "output.warc." + $0.prefix { $0 != ":" } }.sorted())
    }

    @Test("the quick start's pages are below its folder")
    func quickStart() throws {
        let config = try Config.load(path: ConfigTests.file("quickstart.yaml"))
        #expect(config.output.warc.directory == ".run/warc")
        #expect(config.archiveSettings(host: "h") != nil)
    }
}
