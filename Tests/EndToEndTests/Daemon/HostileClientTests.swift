import ControlAPI
import CrawlTesting
import CurlKit
import Glibc
import Testing

extension EndToEnd {
    /// Clients that never end, never read or hardly write: the daemon goes on, and its memory stays bounded.
    @Suite struct HostileClientTests {
        static let mebibyte = 1 << 20

        /// KiB that a daemon may grow by, whatever a client sends.
        static let growth = 64 * 1024

        struct Body: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var type = ContentType.ndjson
            /// Repeated until the body has `size` bytes.
            var piece: [UInt8]
            var size: Int
            /// nil = any of the daemon's, or none: it may stop reading.
            var status: Int?
        }

        static let bodies = [
            Body(
                testDescription: "64 MiB without a line break",
                piece: Array(repeating: UInt8(ascii: "a"), count: mebibyte),
                size: 64 * mebibyte, status: 200),
            Body(
                testDescription: "64 MiB of line breaks", piece: Array(repeating: UInt8(ascii: "\n"), count: mebibyte),
                size: 64 * mebibyte, status: 200),
            Body(
                testDescription: "millions of rejected lines",
                piece: Array(String(repeating: "{}\n", count: mebibyte / 3).utf8), size: 16 * mebibyte, status: 200),
            Body(
                testDescription: "64 MiB of one known URL",
                piece: Array(String(repeating: "{\"url\":\"http://known.example/\"}\n", count: 30_000).utf8),
                size: 16 * mebibyte, status: 200),
            Body(
                testDescription: "application/json over its limit", type: ContentType.json,
                piece: Array(repeating: UInt8(ascii: " "), count: mebibyte), size: 64 * mebibyte, status: nil),
            Body(
                testDescription: "an array that never ends", type: ContentType.json,
                piece: Array(("[" + String(repeating: "0,", count: mebibyte / 2)).utf8), size: 64 * mebibyte,
                status: nil),
        ]

        @Test(arguments: bodies) func memoryStaysBounded(_ body: Body) async throws {
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try await home.startReady()
            #expect(try await home.api.request("POST", "/v1/pause").status == 200)
            let before = try #require(daemon.residentKiB)
            let source = RepeatedPiece(body.piece, size: body.size)
            let answer = try? await home.api.request(
                "POST", Routes.urls, headers: ["Content-Type: \(body.type)"], body: .stream(size: nil, source.next))
            if let status = body.status {
                #expect(answer?.status == status, "\(answer?.text ?? "no answer")")
            } else {
                #expect(answer == nil || answer?.status == 413 || answer?.status == 400, "\(answer?.text ?? "")")
            }
            let after = try #require(daemon.residentKiB)
            #expect(after - before < Self.growth, "from \(before) to \(after) KiB")
            #expect(await home.api.isHealthy())
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
        }

        @Test func clientsThatHangHoldNobodyUp() async throws {
            let origin = try await MisbehavingOrigin.start()
            origin.onEverythingElse(.status(200, text: "a page"))
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try await home.startReady()
            _ = try await home.api.enqueue((1...2000).map { origin.url("/page\($0)") })
            let before = try #require(daemon.residentKiB)
            var clients: [HangingClient] = []
            for number in 0..<120 {
                let client = try HangingClient(home.socketPath)
                switch number % 4 {
                case 0: break  // says nothing
                case 1: client.send("POST /v1/urls HT")
                case 2:
                    client.send(
                        "POST /v1/urls HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 1000000\r\n\r\n"
                            + origin.url("/from-a-hanging-client"))
                default:
                    // Asks for a megabyte and more, and never reads it.
                    client.send(String(repeating: "GET /v1/urls?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n", count: 20))
                }
                clients.append(client)
            }
            _ = try await home.api.enqueue((1...500).map { origin.url("/more\($0)") })
            let isCrawled = try await eventually { try await home.api.status().urls["done"] == 2500 }
            #expect(isCrawled)
            let after = try #require(daemon.residentKiB)
            #expect(after - before < 4 * Self.growth, "from \(before) to \(after) KiB")
            // They are still there: a stop does not wait for them for ever.
            let clock = ContinuousClock()
            let began = clock.now
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
            #expect(clock.now - began < .seconds(15))
            withExtendedLifetime(clients) {}
            await origin.stop()
        }

        @Test("250 lists of 4 MB that nobody reads: their rows are not made before they are wanted")
        func listsThatNobodyReads() async throws {
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try await home.startReady()
            #expect(try await home.api.request("POST", Routes.pause).status == 200)
            let long = String(repeating: "x", count: 4000)
            #expect(try await home.api.enqueue((0..<1000).map { "http://127.0.0.250:9/\($0)/\(long)" }).new == 1000)
            let before = try #require(daemon.residentKiB)
            var most = before
            var clients: [HangingClient] = []
            for _ in 0..<250 {
                let client = try HangingClient(home.socketPath)
                client.send("GET \(Routes.urls)?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n")
                clients.append(client)
            }
            let haveBegun = await eventually {
                most = max(most, daemon.residentKiB ?? 0)
                return clients.allSatisfy { $0.hasAnswer }
            }
            #expect(haveBegun)
            most = max(most, daemon.residentKiB ?? 0)
            // 64 MiB for what nobody takes, and as much for 250 connections and their tasks.
            #expect(most - before < 2 * Self.growth, "from \(before) to \(most) KiB")
            clients = []
            #expect(await eventually { await home.api.isHealthy() })
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0), "\(daemon.output.text)")
        }

        @Test func connectionsOverTheLimitAreRefusedAndTheOthersServed() async throws {
            let home = try DaemonHome(TestConfig.eager)
            let daemon = try await home.startReady()
            var clients: [HangingClient] = []
            for _ in 0..<300 { clients.append(try HangingClient(home.socketPath)) }
            let isRefused = await eventually {
                (try? await home.api.request("GET", Routes.healthz))?.status == 503
            }
            #expect(isRefused)
            clients = []
            #expect(await eventually { await home.api.isHealthy() })
            daemon.signal(SIGTERM)
            #expect(await daemon.ended() == .exited(0))
        }
    }
}

/// A body of one piece again and again.
private final class RepeatedPiece: @unchecked Sendable {
    private let piece: [UInt8]
    // Touched by the one thread that sends.
    private var left: Int
    private var offset = 0

    init(_ piece: [UInt8], size: Int) {
        self.piece = piece
        left = size
    }

    @Sendable func next(_ limit: Int) throws -> [UInt8] {
        let count = min(limit, left, piece.count - offset)
        defer {
            left -= count
            offset = (offset + count) % piece.count
        }
        return Array(piece[offset..<(offset + count)])
    }
}

/// A connection that says what it is told to and reads nothing.
private final class HangingClient: Sendable {
    private let descriptor: CInt

    init(_ path: String) throws { descriptor = try UnixSockets.connect(path: path) }

    func send(_ text: String) {
        _ = Glibc.send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }

    /// Something has come, which stays where it is.
    var hasAnswer: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 1
    }

    deinit { close(descriptor) }
}
