import CrawlTesting
import GRDB
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// A frontier that an archive is written beside, and pages for it.
struct ArchiveFixture {
    static let key = "https://a.example"
    static let url = "https://a.example/"
    static let digest = Digest256(words: (1, 2, 3, 4))
    static let record = RecordNumber(high: 0x0102_0304_0506_4708, low: 0x890a_0b0c_0d0e_0f10)
    /// As SHA-1 is kept: 20 bytes, the others are 0.
    static let sha1 = Digest256(words: (5, 6, 7 << 32, 0))

    let folder: FrontierFolder
    let store: FrontierStore
    let archive: Int64

    init(folder: String = "/archive", digest: String = "sha1") throws {
        self.folder = try FrontierFolder()
        store = try self.folder.openKeyed()
        archive = try store.openArchive(folder: folder, digest: digest)
        try store.enqueue([Self.url])
    }

    static func place(_ offset: Int64, in file: String = "a.warc.gz", length: Int64 = 100) -> ArchivePlace {
        ArchivePlace(file: file, offset: offset, length: length)
    }

    static func page(
        _ place: ArchivePlace = place(500), id: RecordNumber? = record, digest: Digest256 = digest,
        payload: Digest256? = sha1
    ) -> Verdict.ArchivedPage {
        Verdict.ArchivedPage(place: place, id: id, at: at(1), digest: digest, payload: payload)
    }

    func leased(_ store: FrontierStore? = nil, now: Instant = at(10)) throws -> LeasedURL {
        try #require(try (store ?? self.store).lease(Self.key, now: now).urls.first)
    }

    /// A good answer to what is leased, due again at once.
    func verdict(
        _ page: Verdict.ArchivedPage? = page(), digest: Digest256? = digest, etag: String? = "\"e\""
    ) throws -> Verdict {
        try leased().verdict(state: .scheduled) {
            $0.dueAt = at(2)
            $0.content = Verdict.Content(digest: digest, bytes: 9, etag: etag, lastModified: nil)
            $0.archived = page
        }
    }

    func complete(_ verdicts: [Verdict], _ places: [ArchivePlace] = [], now: Instant = at(1)) throws {
        var completion = Completion(verdicts: verdicts)
        completion.archive = places
        _ = try store.complete(completion, now: now)
    }

    func stored(_ url: String = url) throws -> StoredPage? { try store.archivedPage(CrawlURL(url)) }

    func rows() throws -> Int {
        try store.reader.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM archived") ?? -1 }
    }
}
