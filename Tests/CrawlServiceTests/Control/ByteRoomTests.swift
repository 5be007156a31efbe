import ControlAPI
import CrawlCore
import CrawlTesting
import Testing

@testable import CrawlService

/// JSON bodies share one piece of memory, over real connections; the waiting is on virtual time.
@Suite(.timeLimit(.minutes(2)))
struct ByteRoomTests {
    private static func body(_ urls: Int) -> [UInt8] {
        Array("[\((0..<urls).map { "{\"url\":\"https://a.example/\(1000 + $0)\"}" }.joined(separator: ","))]".utf8)
    }

    private static let hundred = body(100)

    /// A server whose JSON bodies have room for `bytes` together.
    private static func run(
        bytes: Int, _ test: @escaping @Sendable (ServerFixture, ByteRoom, VirtualTime) async throws -> Void
    ) async throws {
        let time = VirtualTime()
        var limits = ControlLimits()
        limits.jsonBody = hundred.count + 10
        let room = ByteRoom(bytes: bytes, patience: limits.jsonPatience, clock: time)
        try await ServerFixture.run(limits: limits, jsonRoom: room) { try await test($0, room, time) }
    }

    /// Sends the head, and of the body so many bytes; nil = all but the last.
    private static func begin(_ fixture: ServerFixture, _ body: [UInt8], bytes: Int? = nil) async throws -> RawClient {
        try await offPool {
            let client = try RawClient(fixture.path)
            let head =
                "POST \(Routes.urls) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: \(ContentType.json)\r\n"
                + "Content-Length: \(body.count)\r\n\r\n"
            client.send(Array(head.utf8) + body.prefix(bytes ?? body.count - 1))
            return client
        }
    }

    @Test("a body that finds no room for ten seconds is answered 503 busy, and may come again in a second")
    func busy() async throws {
        try await Self.run(bytes: Self.hundred.count + 100) { fixture, room, time in
            let first = try await Self.begin(fixture, Self.hundred)
            #expect(await eventually { room.free <= 101 })
            async let second = fixture.send("POST", Routes.urls, type: ContentType.json, bytes: Self.body(10))
            #expect(await eventually { room.waiting == 1 })
            time.run(for: .seconds(10) - .milliseconds(1))
            #expect(room.waiting == 1)
            time.run(for: .milliseconds(1))
            let answer = try await second
            #expect(answer.status == 503)
            #expect(answer.code == "busy")
            #expect(answer.headers["retry-after"] == "1")
            // The one that had the room goes on as if nothing had been.
            let status = try await offPool {
                defer { first.close() }
                first.send([UInt8(ascii: "]")])
                return try first.response().status
            }
            #expect(status == 200)
            #expect(await eventually { room.free == Self.hundred.count + 100 })
            #expect(
                try await fixture.send("POST", Routes.urls, type: ContentType.json, bytes: Self.body(10)).status == 200)
            #expect(await fixture.control.urls.count == 100)
        }
    }

    @Test("a body that waits is taken as soon as there is room, in turn")
    func inTurn() async throws {
        try await Self.run(bytes: Self.hundred.count) { fixture, room, _ in
            let first = try await Self.begin(fixture, Self.hundred)
            #expect(await eventually { room.free <= 1 })
            async let second = fixture.send("POST", Routes.urls, type: ContentType.json, bytes: Self.hundred)
            #expect(await eventually { room.waiting == 1 })
            async let third = fixture.send("POST", Routes.urls, type: ContentType.json, bytes: Self.body(1))
            #expect(await eventually { room.waiting == 2 })
            let status = try await offPool {
                defer { first.close() }
                first.send([UInt8(ascii: "]")])
                return try first.response().status
            }
            #expect(status == 200)
            #expect(try await second.status == 200)
            #expect(try await third.status == 200)
            #expect(room.free == Self.hundred.count)
        }
    }

    @Test("a client that goes away, sending or waiting, leaves nothing behind")
    func goneAway() async throws {
        try await Self.run(bytes: Self.hundred.count) { fixture, room, time in
            let sending = try await Self.begin(fixture, Self.hundred)
            #expect(await eventually { room.free <= 1 })
            let waiting = try await Self.begin(fixture, Self.hundred)
            #expect(await eventually { room.waiting == 1 })
            waiting.close()
            time.run(for: .seconds(10))
            #expect(await eventually { room.waiting == 0 })
            sending.close()
            #expect(await eventually { room.free == Self.hundred.count })
        }
    }

    @Test("only what has come takes room, whatever was declared")
    func declared() async throws {
        let room = Self.hundred.count
        try await Self.run(bytes: room) { fixture, room, _ in
            let all = room.free
            let slow = try await Self.begin(fixture, Self.hundred, bytes: 10)
            #expect(await eventually { room.free < all })
            try #require(room.free >= all - 20)
            #expect(
                try await fixture.send("POST", Routes.urls, type: ContentType.json, bytes: Self.body(10)).status == 200)
            slow.close()
            #expect(await eventually { room.free == all })
        }
    }

    @Test("lines need no room")
    func lines() async throws {
        try await Self.run(bytes: Self.hundred.count) { fixture, room, _ in
            let first = try await Self.begin(fixture, Self.hundred)
            #expect(await eventually { room.free <= 1 })
            #expect(try await fixture.enqueue(ContentType.text, "https://a.example/x\n").status == 200)
            first.close()
            #expect(await eventually { room.free == Self.hundred.count })
        }
    }

    @Test("a body without a length takes room as it grows, and one that is too large is refused, not waited for")
    func growing() async throws {
        let room = ByteRoom(bytes: 1000, patience: .seconds(10), clock: VirtualTime())
        do {
            let share = ByteShare(of: room, limit: 600)
            try await share.hold(100)
            #expect(room.free == 900)
            try await share.hold(150)
            #expect(room.free == 800)
            try await share.hold(180)
            #expect(room.free == 800)
            try await share.hold(500)
            #expect(room.free == 500)
            try await share.hold(601)
            #expect(room.free == 500)
        }
        #expect(room.free == 1000)
    }

    @Test("an answer takes what it needs, and no more")
    func exact() async throws {
        let room = ByteRoom(bytes: 1000, patience: .seconds(10), clock: VirtualTime())
        let share = ByteShare(of: room, limit: .max, doubles: false)
        try await share.hold(100)
        try await share.hold(110)
        #expect(room.free == 890)
    }

    @Test("whoever is cancelled while it waits waits no more")
    func cancelled() async throws {
        let room = ByteRoom(bytes: 10, patience: .seconds(10), clock: VirtualTime())
        try await room.take(10)
        let waiter = Task { try await room.take(1) }
        #expect(await eventually { room.waiting == 1 })
        waiter.cancel()
        await #expect(throws: ControlError.self) { try await waiter.value }
        let late = Task {
            while !Task.isCancelled { await Task.yield() }
            try await room.take(1)
        }
        late.cancel()
        await #expect(throws: ControlError.self) { try await late.value }
        room.give(10)
        #expect(room.free == 10)
    }
}
