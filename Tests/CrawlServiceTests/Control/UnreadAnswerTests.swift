import ControlAPI
import CrawlCore
import CrawlTesting
import CurlKit
import NIOCore
import Testing

@testable import CrawlService

/// Answers that nobody takes: their rows stay where they are.
@Suite(.timeLimit(.minutes(2)))
struct UnreadAnswerTests {
    private static let rows = (0..<1000).map { i in
        var record = URLRecord(url: "http://a.example/\(i)", origin: "http://a.example", state: "done")
        record.meta = .string(String(repeating: "m", count: 4000))
        return record
    }

    private static func run(
        room bytes: Int, patience: Duration = .seconds(15), clock: any CrawlCore.Clock = SystemClock(),
        _ test: @escaping @Sendable (ServerFixture, ByteRoom) async throws -> Void
    ) async throws {
        var limits = ControlLimits()
        limits.writeTimeout = .seconds(600)  // who reads nothing stays
        let room = ByteRoom(bytes: bytes, patience: patience, clock: clock, refusal: .unread())
        try await ServerFixture.run(limits: limits, answerRoom: room) { fixture in
            await fixture.control.set(rows: rows)
            try await test(fixture, room)
        }
    }

    /// Asks for the whole list and takes nothing of it.
    private static func ask(_ fixture: ServerFixture) async throws -> RawClient {
        try await offPool {
            let client = try RawClient(fixture.path)
            client.send("GET \(Routes.urls)?limit=1000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return client
        }
    }

    @Test("250 clients that never read a list of 4 MB: no more of it is made than their connections take")
    func unread() async throws {
        let all = ControlLimits().answers
        try await Self.run(room: all) { fixture, room in
            var clients: [RawClient] = []
            for _ in 0..<250 { clients.append(try await Self.ask(fixture)) }
            let haveBegun = await eventually {
                let read = await fixture.control.rowsRead
                return read.count == 250 && read.allSatisfy { $0 > 0 }
            }
            #expect(haveBegun)
            #expect(try await fixture.send("GET", Routes.status).status == 200, "others are answered")
            // The kernel takes about 200 KB for a connection, we keep as much at most: 100 rows of 1,000.
            let read = await fixture.control.rowsRead
            #expect(read.allSatisfy { $0 <= 200 }, "\(read.max() ?? 0) rows")
            #expect(room.free >= 0 && room.free < all)
            for client in clients { client.close() }
            #expect(await eventually { room.free == all }, "who goes gives back what it had")
        }
    }

    @Test("a list that is taken comes whole and in its order")
    func taken() async throws {
        try await Self.run(room: 1 << 20) { fixture, room in
            let api = DaemonAPI(socketPath: fixture.path)
            for limit in [1, 4, 5, 20, 1000] {
                let answer = try await api.request("GET", "\(Routes.urls)?limit=\(limit)")
                let urls = try answer.body.split(separator: UInt8(ascii: "\n")).map {
                    try ControlJSON.decode(URLRecord.self, from: $0).url
                }
                #expect(urls == (0..<limit).map { "http://a.example/\($0)" })
                #expect(answer.response.header("crawld-next") == (limit < 1000 ? "more" : nil))
            }
            #expect(await eventually { room.free == 1 << 20 })
        }
    }

    @Test("a piece ends with the row that passes its bytes, whatever the rows before it were like")
    func shortThenLong() async throws {
        let rows = (0..<460).map { i in
            var record = URLRecord(url: "http://a.example/\(i)", origin: "http://a.example", state: "done")
            record.meta = .string(String(repeating: "m", count: i < 300 ? 1 : 12_000))
            return record
        }
        let page = Page<URLRecord>(count: rows.count, next: nil) { places, bytes in
            var (read, held) = ([URLRecord](), 0)
            for row in rows[places] where held < bytes {
                read.append(row)
                held += try ControlJSON.encode(row).count
            }
            return Page.Rows(read, taken: read.count)
        }
        let room = ByteRoom(bytes: 400 << 10, patience: .seconds(15), clock: VirtualTime())
        let pieces = PagePieces(
            page, pieceBytes: 64 << 10, share: ByteShare(of: room, limit: .max, doubles: false))
        var urls: [String] = []
        while let piece = try await pieces.next() {
            #expect(piece.readableBytes <= 64 << 10 + 13_000)
            #expect(400 << 10 - room.free >= 2 * piece.readableBytes)
            urls += try piece.readableBytesView.split(separator: UInt8(ascii: "\n")).map {
                try ControlJSON.decode(URLRecord.self, from: Array($0)).url
            }
        }
        #expect(urls == rows.map(\.url))
        #expect(400 << 10 - room.free <= 240 << 10, "no more is taken than pieces need")
    }

    @Test("where others have all the room, a list is answered 503 busy; what needs none is answered as ever")
    func busy() async throws {
        let time = VirtualTime()
        try await Self.run(room: 300 << 10, clock: time) { fixture, room in
            let first = try await Self.ask(fixture)
            #expect(await eventually { room.free < 100 << 10 })
            async let second = fixture.send("GET", Routes.urls + "?limit=1000")
            #expect(await eventually { room.waiting == 1 })
            #expect(try await fixture.send("GET", Routes.status).status == 200)
            time.run(for: .seconds(15))
            let answer = try await second
            #expect(answer.status == 503 && answer.code == "busy", "\(answer.text)")
            #expect(answer.headers["retry-after"] == "1")
            first.close()
            #expect(await eventually { room.free == 300 << 10 })
            #expect(try await fixture.send("GET", Routes.urls + "?limit=1").status == 200)
        }
    }
}
