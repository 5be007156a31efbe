import ControlAPI
import CrawlTesting
import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// Pages read back out of the archive of a real crawl, by the real command line.
    @Suite struct CatTests {
        /// What `crawlctl cat` wrote, to the byte.
        private struct Cat {
            var code: Int32?
            var bytes: [UInt8]
            var said: String
        }

        private static func cat(_ home: DaemonHome, _ arguments: [String]) async throws -> Cat {
            let file = home.folder.file("cat-" + UUID().uuidString)
            let words = (["--socket", home.socketPath, "cat"] + arguments).map { "'\($0)'" }.joined(separator: " ")
            let script = try home.script("cat.sh", "exec '\(BuiltProgram.path("crawlctl"))' \(words) >'\(file)'")
            let process = try ChildProcess(ChildProcess.Command(script))
            guard case .exited(let code) = await process.ended() else { return Cat(bytes: [], said: "") }
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            return Cat(code: code, bytes: Array(bytes), said: process.output.text)
        }

        private static let text = Array(String(repeating: "<p>Some text that is read.</p>\n", count: 400).utf8)
        private static let binary = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }

        private static func serve(_ origin: MisbehavingOrigin) {
            origin.on("/binary", .status(200, headers: [("Content-Type", "image/png")], body: binary))
            origin.on("/copy", .status(200, headers: [("Content-Type", "image/x-copy")], body: binary))
            origin.on("/empty", .status(200))
            origin.on(
                "/gzip",
                .status(
                    200, headers: [("Content-Type", "text/html"), ("Content-Encoding", "gzip")],
                    body: Gzip.compress(text)))
            origin.on("/br", .status(200, headers: [("Content-Encoding", "br")], body: [1, 2, 3]))
            origin.on(
                "/chunked",
                .raw(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n"
                        + "5\r\n5\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", then: .keepOpen))
            origin.on(
                "/large",
                .stream(
                    head: "HTTP/1.1 200 OK\r\nContent-Length: 3145728\r\n\r\n",
                    chunk: [UInt8](repeating: 7, count: 4096), count: 768))
            origin.on("/gone", .status(404, text: "no such page"))
        }

        private static func fetch(_ home: DaemonHome, _ urls: [String]) async throws {
            _ = try await home.api.enqueue(urls)
            let isFetched = try await eventually {
                for url in urls where try await home.api.record(url).attempts == 0 { return false }
                return true
            }
            #expect(isFetched)
        }

        private static func home(warc: Bool = true) throws -> DaemonHome {
            let home = try DaemonHome()
            let folder = home.folder.file("warc")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let output = "output: {warc: {dir: \"\(folder)\", min_free: 0B}}\n"
            try home.configure(TestConfig.eager + (warc ? output : ""))
            return home
        }

        @Test("a page comes back as it was sent, while its file is written, and after a restart")
        func pages() async throws {
            let origin = try await MisbehavingOrigin.start()
            Self.serve(origin)
            let home = try Self.home()
            var daemon = try await home.startReady()
            try await Self.fetch(
                home, ["/binary", "/empty", "/gzip", "/br", "/chunked", "/large"].map { origin.url($0) })
            // What it is the same as lies there by now.
            try await Self.fetch(home, [origin.url("/copy"), origin.url("/gone")])

            for _ in 0..<2 {
                let wanted: [(String, [UInt8])] = [
                    ("/binary", Self.binary), ("/copy", Self.binary), ("/empty", []), ("/gzip", Self.text),
                    ("/br", [1, 2, 3]), ("/chunked", Array("5\r\nhello".utf8)),
                    ("/large", [UInt8](repeating: 7, count: 3_145_728)),
                ]
                for (path, page) in wanted {
                    let cat = try await Self.cat(home, [origin.url(path)])
                    #expect(cat.code == 0, "\(path): \(cat.said)")
                    #expect(cat.bytes == page, "\(path): \(cat.bytes.count) bytes")
                    #expect(cat.said.isEmpty == (path != "/br"), "\(path): \(cat.said)")
                }
                let raw = try await Self.cat(home, ["--raw", origin.url("/gzip")])
                #expect(raw.bytes == Gzip.compress(Self.text))
                let headed = try await Self.cat(home, ["--headers", origin.url("/copy")])
                let blank = try #require(headed.bytes.firstRange(of: Array("\r\n\r\n".utf8)))
                #expect(Array(headed.bytes[blank.upperBound...]) == Self.binary)
                let head = String(decoding: headed.bytes[..<blank.lowerBound], as: UTF8.self)
                #expect(
                    head.hasPrefix("HTTP/1.1 200 Test\r\n") && head.lowercased().contains("content-type: image/x-copy"))
                daemon.signal(SIGTERM)
                #expect(await daemon.ended() == .exited(0))
                daemon = try await home.startReady()
            }
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            await origin.stop()
        }

        @Test("without a page it says why, and what to do")
        func missing() async throws {
            let origin = try await MisbehavingOrigin.start()
            Self.serve(origin)
            let home = try Self.home()
            let daemon = try await home.startReady()
            try await Self.fetch(home, [origin.url("/gone"), origin.url("/empty")])
            let unknown = try await Self.cat(home, [origin.url("/unknown")])
            #expect(unknown.code == 66 && unknown.said.contains("not-found"), "\(unknown.said)")
            let unkept = try await Self.cat(home, [origin.url("/gone")])
            #expect(unkept.code == 66 && unkept.bytes.isEmpty, "\(unkept.said)")
            #expect(unkept.said.contains("not-archived") && unkept.said.contains("enqueue --force"), "\(unkept.said)")

            let folder = home.folder.file("warc")
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.contains(".warc") {
                try FileManager.default.moveItem(atPath: folder + "/" + name, toPath: home.folder.file(name))
            }
            let moved = try await Self.cat(home, [origin.url("/empty")])
            #expect(moved.code == 66 && moved.said.contains("not-archived: \(folder)"), "\(moved.said)")
            daemon.signal(SIGKILL)
            _ = await daemon.ended()
            await origin.stop()
        }

        @Test("without an archive it says which key turns one on")
        func off() async throws {
            let origin = try await MisbehavingOrigin.start()
            Self.serve(origin)
            let home = try Self.home(warc: false)
            let daemon = try await home.startReady()
            try await Self.fetch(home, [origin.url("/gzip")])
            let cat = try await Self.cat(home, [origin.url("/gzip")])
            #expect(cat.code == 66 && cat.said.contains("output.warc.dir"), "\(cat.said)")
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            await origin.stop()
        }
    }
}
