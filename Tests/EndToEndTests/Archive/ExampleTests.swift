import ControlAPI
import CrawlTesting
import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// The programs in `config/examples`, against a real daemon and nginx.
    @Suite struct ExampleTests {
        private static func example(_ name: String) -> String {
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
                    "config/examples/" + name
                )
                .path
        }

        private static func home() throws -> DaemonHome {
            let home = try DaemonHome()
            let folder = home.folder.file("warc")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try home.configure(TestConfig.eager + "output: {warc: {dir: \"\(folder)\", min_free: 0B}}\n")
            return home
        }

        private static func links(_ home: DaemonHome, _ arguments: [String]) throws -> ChildProcess {
            try ChildProcess(
                ChildProcess.Command(
                    "/usr/bin/env",
                    ["python3", example("links.py"), "--socket", home.socketPath, "--warc", home.folder.file("warc")]
                        + arguments))
        }

        /// A linked tree, nginx before it, and a daemon.
        private struct Place {
            let home: DaemonHome
            let tree: LinkedTree
            let nginx: NginxOrigin
            let daemon: ChildProcess

            init(count: Int) async throws {
                home = try ExampleTests.home()
                tree = try LinkedTree(in: home.folder.file("tree"), count: count)
                nginx = try await NginxOrigin(folder: home.folder.path, tree: home.folder.file("tree"), broken: [])
                try tree.write(base: nginx.base)
                daemon = try await home.startReady()
            }

            /// Targets of good answers, in the order they were given.
            func pages() throws -> [String] {
                try nginx.requests().filter { $0.status == 200 && $0.target.hasPrefix("/names/") }.map(\.target)
            }

            func stop() async throws {
                daemon.signal(SIGTERM)
                #expect(await daemon.ended() == .exited(0))
                try await nginx.stop()
            }
        }

        @Test("links.py finds every page from one seed, and asks for none twice; started again it goes on")
        func links() async throws {
            let place = try await Place(count: 150)
            let crawl = try Self.links(place.home, ["--until-idle", "3", place.nginx.base + place.tree.start])
            #expect(await crawl.ended(within: .seconds(120)) == .exited(0), "\(crawl.output.text)")
            let pages = try place.pages()
            #expect(Set(pages) == place.tree.targets)
            #expect(pages.count == place.tree.targets.count, "one was asked for twice")
            let records = try await place.home.api.records()
            #expect(records.allSatisfy { $0.origin == place.nginx.base })

            // One more link, in a page that is asked for again.
            try Data("found".utf8).write(to: URL(fileURLWithPath: place.home.folder.file("tree/names/late.html")))
            try Data("<a href=\"../late.html\">late</a>".utf8)
                .write(to: URL(fileURLWithPath: place.home.folder.file("tree/names/0/start.html")))
            let again = "{\"url\":\"\(place.nginx.base + place.tree.start)\",\"force\":true}"
            _ = try await place.home.api.enqueue(text: again)
            let resumed = try Self.links(place.home, ["--until-idle", "3"])
            #expect(await resumed.ended(within: .seconds(60)) == .exited(0), "\(resumed.output.text)")
            #expect(try place.pages().dropFirst(pages.count) == [place.tree.start, "/names/late.html"])
            try await place.stop()
        }

        @Test("links.py goes as far as it is told")
        func bounds() async throws {
            let place = try await Place(count: 20)
            let crawl = try Self.links(
                place.home,
                ["--until-idle", "3", "--scope", "prefix", "--depth", "1", place.nginx.base + place.tree.start])
            #expect(await crawl.ended(within: .seconds(60)) == .exited(0), "\(crawl.output.text)")
            let asked = try place.nginx.requests().map(\.target)
            #expect(asked == [place.tree.start, "/names/0/page%200%20%C3%BC&.html"])
            try await place.stop()
        }

        @Test("links.py ends with the daemon, and says where there is none")
        func noDaemon() async throws {
            let home = try Self.home()
            let daemon = try await home.startReady()
            let crawl = try Self.links(home, [])
            #expect(await eventually { (try? await home.api.status().results?.consumers.count) == 1 })
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            #expect(await crawl.ended() == .exited(75), "\(crawl.output.text)")
            let refused = try Self.links(home, [])
            #expect(await refused.ended() == .exited(1))
            #expect(refused.output.contains(home.socketPath))
        }

        @Test("spool.sh hands each new page to a program; one that fails gets it again")
        func spool() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.on("/a", .status(200, headers: [("Content-Type", "text/plain")], text: "page a"))
            origin.on("/b", .status(200, text: "page b"))
            origin.on("/gone", .status(404, text: "no page"))
            let home = try Self.home()
            let daemon = try await home.startReady()
            let got = home.folder.file("got")
            let program = try home.script(
                "take",
                "echo \"$CRAWLD_URL $CRAWLD_STATUS $CRAWLD_CONTENT_TYPE: $(cat)\" >>'\(got)'\n[ -e '\(got).ok' ]")
            var command = ChildProcess.Command("/bin/sh", [Self.example("spool.sh"), program])
            command.environment["CRAWLD_SOCKET"] = home.socketPath
            command.environment["PATH"] =
                URL(fileURLWithPath: BuiltProgram.path("crawlctl")).deletingLastPathComponent().path
                + ":/usr/local/bin:/usr/bin:/bin"
            let failing = try ChildProcess(command)
            _ = try await home.api.enqueue([origin.url("/a")])
            #expect(await failing.ended() == .exited(1), "\(failing.output.text)")
            try home.write("", to: got + ".ok")
            let spool = try ChildProcess(command)
            _ = try await home.api.enqueue([origin.url("/gone"), origin.url("/b")])
            let wanted = "\(origin.url("/a")) 200 text/plain: page a\n"
            let last = "\(origin.url("/b")) 200 : page b\n"
            #expect(await eventually { FileBytes.text(got) == wanted + wanted + last }, "\(spool.output.text)")
            let isDone = await eventually { (try? await home.api.status().results?.consumers.first?.behind) == 0 }
            #expect(isDone)
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
            #expect(await spool.ended() == .exited(75), "\(spool.output.text)")
            await origin.stop()
        }
    }
}
