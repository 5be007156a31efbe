import CrawlCore
import CrawlFrontier
import CrawlTesting
import Testing

/// What is told of the archive.
@Suite struct ArchiveTroubleTests {
    private let folder: TemporaryFolder
    private let store: FrontierStore

    init() throws {
        folder = try TemporaryFolder()
        store = try FrontierStore(path: folder.file("frontier.sqlite"))
    }

    @Test("trouble is told once, whatever comes meanwhile, and its end once", arguments: ArchiveTrouble.allCases)
    func once(_ trouble: ArchiveTrouble) throws {
        #expect(try store.tell(trouble, sample: ["/a"], now: Instant(ms: 1000)))
        let again = try store.tell(trouble, sample: ["/a"], now: Instant(ms: 2000))
        #expect(!again)
        #expect(try store.end([trouble], how: .recovered, now: Instant(ms: 3000)))
        let ended = try store.end([trouble], how: .recovered, now: Instant(ms: 4000))
        #expect(!ended)
        let told = try store.pendingDeliveries(now: Instant(ms: 1 << 50), limit: 10).map(\.alert.facts)
        let first = try #require(told.first)
        #expect(first.event == .storage && first.scope == .archive && first.cause == trouble.rawValue)
        #expect(first.sample == ["/a"] && first.url == nil && first.origin == nil)
        #expect(try store.tell(trouble, sample: ["/a"], now: Instant(ms: 5000)), "another episode")
    }

    @Test("lost records stay told of while the disk comes and goes, also over a start")
    func apart() throws {
        #expect(try store.tell(.lost, sample: ["/a/b.open"], urlsAffected: 3, now: Instant(ms: 1000)))
        #expect(try store.tell(.full, sample: ["/a"], now: Instant(ms: 2000)))
        #expect(try store.end([.full, .failed], how: .recovered, now: Instant(ms: 3000)))
        let started = try FrontierStore(path: folder.file("frontier.sqlite"))
        _ = try started.repair(now: Instant(ms: 4000))
        let again = try started.tell(.lost, sample: ["/a/b.open"], urlsAffected: 3, now: Instant(ms: 5000))
        #expect(!again)
        #expect(try started.end([.lost], how: .recovered, now: Instant(ms: 6000)))
    }
}
