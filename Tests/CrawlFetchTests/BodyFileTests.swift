import CrawlCore
import CrawlFetch
import CrawlTesting
import Foundation
import Testing

/// Bodies that are written to files.
@Suite(.timeLimit(.minutes(1)))
struct BodyFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("body") }

    init() throws { folder = try TemporaryFolder() }

    private func extra(limit: Int64 = 1 << 20) -> FetchExtra { FetchExtra(body: .file(path: path, limit: limit)) }

    private var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
    }

    /// Whoever reads it undoes its codings.
    @Test(arguments: ["gzip", "deflate", "br", nil]) func itHoldsTheBodyAsReceived(label: String?) async throws {
        let origin = try await MisbehavingOrigin.start()
        let headers = label.map { [("Content-Encoding", $0)] } ?? []
        let body = Gzip.compress(Array("hello".utf8))
        origin.on("/x", .status(200, headers: headers, body: body))
        let result = await FetchHarness().fetch(origin.url("/x"), extra: extra())
        #expect(FileManager.default.contents(atPath: path) == Data(body))
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        #expect(try files == ["body"])
        #expect(
            result.bodyBytes == Int64(body.count) && result.details?.body == nil && result.details?.bodyFault == nil)
        #expect(OutcomeClassifier().classify(result).outcome == .success)
        #expect(origin.requests.first?.header("accept-encoding") == "gzip")
        await origin.stop()
    }

    @Test func aLongBodyIsCutAtTheLimit() async throws {
        let origin = try await MisbehavingOrigin.start()
        let body = DeflateBomb.gzip(count: 256 << 20)
        origin.on("/x", .status(200, headers: [("Content-Encoding", "gzip")], body: body))
        let result = await FetchHarness { $0.maxBody = 10 }.fetch(origin.url("/x"), extra: extra(limit: 100_000))
        #expect(result.flags.contains(.bodyOverLimit) && result.bodyBytes == 100_000)
        #expect(FileManager.default.contents(atPath: path) == Data(body.prefix(100_000)))
        #expect(try files == ["body"])
        await origin.stop()
    }

    @Test func anEmptyBodyReplacesAnOlderFile() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(200))
        try Data("older".utf8).write(to: URL(fileURLWithPath: path))
        _ = await FetchHarness().fetch(origin.url("/x"), extra: extra())
        #expect(FileManager.default.contents(atPath: path) == Data())
        await origin.stop()
    }

    @Test(arguments: [
        OriginBehaviour.raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", then: .close),
        .status(404, text: "no"), .silence, .status(304),
    ]) func whatIsNotWholeLeavesTheOlderFile(behaviour: OriginBehaviour) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", behaviour)
        try Data("older".utf8).write(to: URL(fileURLWithPath: path))
        let harness = FetchHarness { $0.responseTimeout = .milliseconds(200) }
        let result = await harness.fetch(origin.url("/x"), extra: extra())
        #expect(FileManager.default.contents(atPath: path) == Data("older".utf8))
        #expect(try files == ["body"])
        #expect(result.details?.bodyFault == nil)
        await origin.stop()
    }

    @Test func aCancelledRequestLeavesNothing() async throws {
        let origin = try await MisbehavingOrigin.start()
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
        origin.on("/x", .stream(head: head, chunk: Array("abc".utf8), count: 1))
        let harness = FetchHarness()
        let first = harness.begin([origin.url("/x")], extra: extra())
        #expect(await eventually { (try? files) == ["body.part"] })
        harness.pool.cancelAll()
        #expect(await harness.results(first, count: 1)[0].flags.contains(.cancelled))
        #expect(try files == [])
        await origin.stop()
    }

    @Test(arguments: ["missing/body", "link", "folder"]) func aPathThatCannotBeWrittenIsAFault(name: String)
        async throws
    {
        let origin = try await MisbehavingOrigin.start()
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 1048576000\r\n\r\n"
        origin.on("/x", .stream(head: head, chunk: Array(repeating: 32, count: 1 << 20), count: 1000))
        origin.on("/small", .status(200, text: "x"))
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link.part"), withDestinationPath: folder.file("elsewhere"))
        try FileManager.default.createDirectory(
            atPath: folder.file("folder"), withIntermediateDirectories: true)
        let harness = FetchHarness()
        let path = folder.file(name)
        // The folder is noticed at the end only: there it takes a body that has one.
        let url = origin.url(name == "folder" ? "/small" : "/x")
        let result = await harness.fetch(url, extra: FetchExtra(body: .file(path: path, limit: 1 << 40)))
        let fault = try #require(result.details?.bodyFault)
        #expect(fault.contains(path + ".part"))
        #expect(!result.flags.contains(.bodyOverLimit))
        #expect(origin.streamedBytes < 64 << 20)
        #expect(try files == ["folder", "link.part"])
        #expect(await harness.fetch(origin.url("/small")).status == 200)
        await origin.stop()
    }

    /// The part file stands on a device that is always full, which only root can make.
    @Test(.enabled(if: geteuid() == 0)) func aFullDiskIsAFault() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/x", .status(200, body: Array(repeating: 32, count: 1 << 20)))
        try #require(mknod(path + ".part", S_IFCHR | 0o600, 1 << 8 | 7) == 0)
        let result = await FetchHarness().fetch(origin.url("/x"), extra: extra(limit: 1 << 40))
        #expect(result.details?.bodyFault == "write \(path).part: No space left on device")
        #expect(OutcomeClassifier().classify(result).outcome == .inconclusive)
        #expect(try files == [])
        await origin.stop()
    }
}
