import CrawlTesting
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// Rows of the archive that nobody of us wrote are as if they were not there, and never trap.
struct HostileArchiveTests {
    struct Edit: CustomTestStringConvertible, Sendable {
        var sql: String
        /// The page can be read back, as far as the row says.
        var isReadable = false
        /// Records may point at it.
        var isKnown = false
        var testDescription: String { sql }
    }

    @Test(
        "a row that says what cannot be says nothing",
        arguments: [
            Edit(sql: "UPDATE archived SET offset = -1", isKnown: true),
            Edit(sql: "UPDATE archived SET length = 0", isKnown: true),
            Edit(sql: "UPDATE archived SET length = -5", isKnown: true),
            Edit(sql: "UPDATE archived SET offset = 9223372036854775807", isKnown: true),
            Edit(sql: "UPDATE archived SET length = 9223372036854775807", isKnown: true),
            Edit(sql: "UPDATE archived SET record_id = x'00'", isReadable: true),
            Edit(sql: "UPDATE archived SET record_id = 7", isReadable: true),
            Edit(sql: "UPDATE archived SET record_id = zeroblob(17)", isReadable: true),
            Edit(sql: "UPDATE archived SET digest = x'00'"), Edit(sql: "UPDATE archived SET digest = zeroblob(33)"),
            Edit(sql: "UPDATE archived SET digest = zeroblob(32)", isReadable: true),
            Edit(sql: "UPDATE archived SET payload = x'0102'"), Edit(sql: "UPDATE archived SET payload = 'x'"),
            Edit(sql: "UPDATE archived SET at = -9223372036854775808", isReadable: true, isKnown: true),
            Edit(sql: "UPDATE archived SET at = 9223372036854775807", isReadable: true, isKnown: true),
            Edit(sql: "UPDATE archived SET at = 'x'", isReadable: true, isKnown: true),
            Edit(sql: "UPDATE archived SET file = 99"), Edit(sql: "DELETE FROM archive_file"),
            Edit(sql: "DELETE FROM archive", isKnown: false),
            Edit(sql: "UPDATE archive_file SET name = '../../etc/passwd'", isKnown: true),
            Edit(sql: "UPDATE archive_file SET name = '/etc/passwd'", isKnown: true),
            Edit(sql: "UPDATE archive_file SET name = '..'", isKnown: true),
            Edit(sql: "UPDATE archive_file SET name = ''", isKnown: true),
            Edit(sql: "UPDATE archive_file SET archive = -9223372036854775808"),
            Edit(sql: "UPDATE content SET digest = x'00'", isReadable: true),
        ])
    func row(_ edit: Edit) throws {
        let fixture = try ArchiveFixture()
        try fixture.complete([fixture.verdict()])
        try fixture.store.writer.writeWithoutTransaction { try $0.execute(sql: edit.sql) }
        #expect(try (fixture.stored() != nil) == edit.isReadable)
        // What an archive is numbered is looked up at the start.
        let number = try fixture.store.openArchive(folder: "/archive", digest: "sha1")
        let archived = try fixture.leased().content?.archived
        if edit.sql != "DELETE FROM archive" { #expect((archived != nil) == edit.isKnown) }
        for age in [Duration.zero, .seconds(30 * 86_400)] {
            _ = ArchiveRule(maxAge: age).allowsValidators(archived, at: at(1))
        }
        // And the next page is written as ever.
        let place = ArchiveFixture.place(1000, in: "z.warc.gz")
        try fixture.complete([fixture.verdict(ArchiveFixture.page(place))])
        #expect(try fixture.stored()?.place == place)
        #expect(try fixture.store.lastPlace(inFile: "z.warc.gz", of: number) == place)
    }

    @Test(
        "the last place of a file that cannot be is none, and the next commit has one again",
        arguments: [
            "last_offset = -1", "last_length = 0", "last_length = -9223372036854775808",
            "last_offset = 'x', last_length = 'y'",
            "last_offset = 9223372036854775807", "last_offset = 9223372036854775807, last_length = 9223372036854775807",
        ])
    func last(change: String) throws {
        let fixture = try ArchiveFixture()
        try fixture.complete([], [ArchiveFixture.place(500)])
        try fixture.store.writer.writeWithoutTransaction { try $0.execute(sql: "UPDATE archive_file SET \(change)") }
        #expect(try fixture.store.lastPlace(inFile: "a.warc.gz", of: fixture.archive) == nil)
        try fixture.complete([], [ArchiveFixture.place(600)])
        #expect(
            try fixture.store.lastPlace(inFile: "a.warc.gz", of: fixture.archive) == ArchiveFixture.place(600))
    }
}
