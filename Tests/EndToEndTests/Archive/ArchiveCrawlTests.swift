import ControlAPI
import CrawlTesting
import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// Pages in WARC files, as a crawl leaves them.
    @Suite struct ArchiveCrawlTests {
        static let fetch = """
            fetch: {allow_addresses: ["127.0.0.0/8"], max_body: 256KiB}
            politeness: {crawl_delay: 0s, per_origin_in_flight: 8, per_address_in_flight: 0}
            """

        @Test(
            "pages, robots.txt and large bodies are there, as readers want them; the feed says where; a stop closes the file"
        )
        func crawl() async throws {
            let origin = try await MisbehavingOrigin.start()
            let page = Array(String(repeating: "a page of some length, ", count: 100).utf8)
            origin.on(
                "/robots.txt",
                .status(200, headers: [("Content-Type", "text/plain")], body: Array("User-agent: x\n".utf8)))
            origin.on("/one", .status(200, headers: [("Content-Type", "text/html"), ("ETag", "\"1\"")], body: page))
            origin.on("/same", .status(200, headers: [("Content-Type", "text/html")], body: page))
            origin.on("/empty", .status(200, body: []))
            origin.on("/gone", .status(404, body: Array("no such page".utf8)))
            origin.on(
                "/chunked",
                .raw(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n"
                        + "5\r\n5\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", then: .keepOpen))
            origin.on(
                "/large",
                .stream(
                    head: "HTTP/1.1 200 OK\r\nContent-Length: 204800\r\nContent-Type: application/octet-stream\r\n\r\n",
                    chunk: [UInt8](repeating: 7, count: 4096), count: 50))
            let home = try DaemonHome()
            let files = try ArchiveFiles(home)
            try home.configure(Self.fetch + "\nrobots: {obey: true}" + files.section())
            let daemon = try await home.startReady()
            let paths = ["/one", "/empty", "/gone", "/chunked", "/large"]
            _ = try await home.api.enqueue(paths.map { origin.url($0) })
            try await Self.done(home, paths.count)
            // Its payload is synced by now, so that it is pointed at.
            _ = try await home.api.enqueue([origin.url("/same")])
            try await Self.done(home, paths.count + 1)

            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
            #expect(files.names.count == 1 && files.names.allSatisfy { $0.hasSuffix(".warc.gz") }, "\(files.names)")
            let records = try ReaderCheck.run(files.path)
            for path in ["/one", "/empty", "/chunked", "/large", "/robots.txt"] {
                #expect(records.contains("response \(origin.url(path))"), "\(records)")
            }
            #expect(records.contains("revisit \(origin.url("/same"))"), "\(records)")
            #expect(!records.contains { $0.hasSuffix("/gone") }, "store: success")
            #expect(try files.checkPlaces().count == 5)
            await origin.stop()
        }

        @Test(
            "a page that is still the same is a revisit, also after a start; one known from before comes plainly once")
        func revisits() async throws {
            let origin = try await MisbehavingOrigin.start()
            let page = Array(String(repeating: "the page, ", count: 100).utf8)
            origin.on(
                "/",
                .byHeader(
                    "If-None-Match", there: .status(304, headers: [("ETag", "\"1\"")]),
                    missing: .status(200, headers: [("ETag", "\"1\"")], body: page)))
            let home = try DaemonHome()
            let files = try ArchiveFiles(home)
            // Known before there was an archive.
            try home.configure(Self.fetch)
            try await Self.life(home) {
                _ = try await home.api.enqueue(text: "{\"url\": \"\(origin.url("/"))\", \"recrawl\": \"1s\"}")
                #expect(await origin.got(1, for: "/"))
                let isKnown = try await eventually { try await home.api.record(origin.url("/")).attempts > 0 }
                #expect(isKnown)
            }
            let before = origin.requests(for: "/").count
            try home.configure(Self.fetch + files.section())
            try await Self.life(home) { #expect(await origin.got(before + 3, for: "/")) }
            let later = origin.requests(for: "/").count
            try await Self.life(home) { #expect(await origin.got(later + 2, for: "/")) }
            let asked = origin.requests(for: "/").dropFirst(before).map { $0.header("if-none-match") }
            #expect(asked.first == .some(nil), "plainly, once")
            #expect(Set(asked.dropFirst()) == ["\"1\""])
            let mains = try ReaderCheck.run(files.path).filter {
                $0.hasSuffix(" \(origin.url("/"))") && !$0.hasPrefix("request") && !$0.hasPrefix("metadata")
            }
            let words = mains.compactMap { $0.split(separator: " ").first }
            #expect(
                words.first == "response" && words.count == asked.count && Set(words.dropFirst()) == ["revisit"],
                "\(mains)")
            await origin.stop()
        }

        @Test(
            "an archive that cannot be written to is refused at the start, with the place and what to do",
            arguments: Refusal.all)
        func refusals(_ refusal: Refusal) async throws {
            let home = try DaemonHome()
            let files = try ArchiveFiles(home)
            try refusal.prepare(files.path)
            try home.configure(Self.fetch + files.section())
            let daemon = try home.start()
            #expect(await daemon.ended() == .exited(refusal.code), "\(daemon.output.text)")
            #expect(daemon.output.contains(refusal.says), "\(daemon.output.text)")
            #expect(daemon.output.contains(files.path), "\(daemon.output.text)")
        }

        struct Refusal: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var code: Int32
            var says: String
            var prepare: @Sendable (String) throws -> Void

            static let all = [
                Refusal(testDescription: "missing", code: 73, says: "there is no such directory") {
                    try FileManager.default.removeItem(atPath: $0)
                },
                Refusal(testDescription: "a file", code: 73, says: "is no directory") {
                    try FileManager.default.removeItem(atPath: $0)
                    try Data().write(to: URL(fileURLWithPath: $0))
                },
                Refusal(testDescription: "a foreign open file", code: 73, says: "is none of crawld's files") {
                    try Data("x".utf8).write(to: URL(fileURLWithPath: $0 + "/other.warc.gz.open"))
                },
                Refusal(testDescription: "another digest", code: 78, says: "was begun with sha256") {
                    try Data("sha256\n".utf8).write(to: URL(fileURLWithPath: $0 + "/digest"))
                },
            ]
        }

        // MARK: Steps

        static func life(_ home: DaemonHome, _ body: () async throws -> Void) async throws {
            let daemon = try await home.startReady()
            try await body()
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
        }

        static func done(_ home: DaemonHome, _ count: Int) async throws {
            let isDone = try await eventually(within: .seconds(30)) {
                let status = try await home.api.status()
                return (status.urls["done"] ?? 0) + (status.urls["gone"] ?? 0) == count && status.inFlight == 0
            }
            let left = try await home.api.status()
            #expect(isDone, "\(left)")
        }
    }
}
