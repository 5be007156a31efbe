import ControlAPI
import CrawlService
import CrawlTesting
import Foundation
import Testing

extension ControlServerTests {
    /// `Content-Encoding: gzip`: what is inflated, what is refused, and what bounds it.
    @Suite(.timeLimit(.minutes(2))) struct GzipBodyTests {
        private static let gzip = ["Content-Encoding: gzip"]

        private static func lines(_ range: Range<Int>) -> String {
            range.map { "http://a.example/\($0)\n" }.joined()
        }

        @Test(
            "lines, objects and JSON bodies are inflated, in several members too",
            arguments: ["gzip", "GZIP", "x-gzip", "identity, gzip"])
        func inflated(coding: String) async throws {
            try await ServerFixture.run { server in
                let headers = ["Content-Encoding: \(coding)"]
                let text =
                    Gzip.compress(Array(Self.lines(0..<30_000).utf8)) + Gzip.compress(Array("http://a.example/x".utf8))
                var answer = try await server.send(
                    "POST", Routes.urls, type: "text/plain", bytes: text, headers: headers)
                #expect(answer.status == 200 && answer.json["new"] as? Int == 30_001, "\(answer.text)")
                let object = Array(#"{"url":"http://a.example/o"}"#.utf8)
                for type in [ContentType.ndjson, ContentType.json] {
                    answer = try await server.send(
                        "POST", Routes.urls, type: type, bytes: Gzip.compress(object), headers: headers)
                    #expect(answer.status == 200, "\(answer.text)")
                }
                #expect(await server.control.urls.count == 30_002)
            }
        }

        @Test("a body that is none, is cut, or is damaged is refused, and half a line of it is not stored")
        func broken() async throws {
            try await ServerFixture.run { server in
                let whole = Gzip.compress(Array(Self.lines(0..<30_000).utf8))
                var damaged = whole
                damaged[whole.count / 2] ^= 0x55
                for bytes in [
                    Array("http://a.example/\n".utf8), Array(whole.dropLast(2000)), damaged, [0x1F],
                    Array(whole.dropLast()),
                ] {
                    let answer = try await server.send(
                        "POST", Routes.urls, type: "text/plain", bytes: bytes, headers: Self.gzip)
                    #expect(answer.status == 400 && answer.code == "bad-request", "\(answer.text)")
                }
                let known = Set((0..<30_000).map { "http://a.example/\($0)" })
                #expect(await known.isSuperset(of: server.control.urls.keys))
            }
        }

        @Test("another coding, or two of them, is not known", arguments: ["br", "gzip, gzip", "deflate", "gzip, br"])
        func unknown(coding: String) async throws {
            try await ServerFixture.run { server in
                let answer = try await server.send(
                    "POST", Routes.urls, type: "text/plain", "x", headers: ["Content-Encoding: \(coding)"])
                #expect(answer.status == 415 && answer.code == "unsupported-media-type")
            }
        }

        @Test("a bomb ends with 413: by its ratio, by its size, and a JSON body by its own limit")
        func bombs() async throws {
            // Blank lines: the reader has nothing to do with them.
            let zeros = Gzip.compress([UInt8](repeating: UInt8(ascii: "\n"), count: 8 << 20))
            try await ServerFixture.run { server in
                let answer = try await server.send(
                    "POST", Routes.urls, type: "text/plain", bytes: zeros, headers: Self.gzip)
                #expect(answer.status == 413 && answer.code == "too-large", "\(answer.text)")
                #expect(answer.text.contains("200 times"))
                let json = try await server.send(
                    "POST", Routes.urls, type: ContentType.json,
                    bytes: Gzip.compress([UInt8](repeating: 0x20, count: 900_000) + Array("{}".utf8)),
                    headers: Self.gzip)
                #expect(json.status == 400, "under what is allowed at once it is judged as it is: \(json.text)")
            }
            var limits = ControlLimits()
            limits.gzipBody = 100_000
            try await ServerFixture.run(limits: limits) { server in
                let text = Array(Self.lines(0..<30_000).utf8)
                let answer = try await server.send(
                    "POST", Routes.urls, type: "text/plain", bytes: Gzip.compress(text), headers: Self.gzip)
                #expect(answer.status == 413 && answer.text.contains("100000 bytes"), "\(answer.text)")
            }
            var small = ControlLimits()
            small.jsonBody = 1000
            try await ServerFixture.run(limits: small) { server in
                let answer = try await server.send(
                    "POST", Routes.urls, type: ContentType.json,
                    bytes: Gzip.compress([UInt8](repeating: 0x20, count: 5000)), headers: Self.gzip)
                #expect(answer.status == 413 && answer.code == "too-large", "\(answer.text)")
            }
        }
    }
}
