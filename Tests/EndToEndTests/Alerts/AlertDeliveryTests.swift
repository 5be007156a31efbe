import ControlAPI
import CrawlTesting
import Foundation
import Testing

/// An alert reaches the log, the hook and the webhook from the outbox, whatever the hook does; the crawl never waits.
@Suite struct AlertDeliveryTests {
    struct Hook: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// The program; `LOG` is where messages go, `SEEN` a file that it may leave for its next run. nil = there is none.
        var script: String?
        /// What the record of the first failure says; nil = the first attempt delivers.
        var failsWith: String?
    }

    private static let take = "IFS= read -r line; printf '%s\\n' \"$line\" >> LOG"

    static let hooks = [
        Hook(testDescription: "works", script: take, failsWith: nil),
        Hook(testDescription: "does not read", script: "exec <&-; echo '{}' >/dev/null; exit 0", failsWith: nil),
        Hook(
            testDescription: "fails at first", script: "[ -e SEEN ] || { : > SEEN; exit 3; }; \(take)",
            failsWith: "3"),
        Hook(
            testDescription: "takes the message, then fails",
            script: "\(take); [ -e SEEN ] || { : > SEEN; exit 1; }", failsWith: "1"),
        Hook(
            testDescription: "hangs at first, with a child of its own",
            script: "[ -e SEEN ] || { : > SEEN; sleep 1000 & sleep 1000; }; \(take)", failsWith: "time"),
        Hook(
            testDescription: "kills itself at first", script: "[ -e SEEN ] || { : > SEEN; kill -9 $$; }; \(take)",
            failsWith: "SIGKILL"),
        Hook(
            testDescription: "floods its output",
            script: "head -c 3000000 /dev/zero | tr '\\0' x; \(take)", failsWith: nil),
        Hook(testDescription: "is missing at first", script: nil, failsWith: "No such file"),
    ]

    @Test(arguments: hooks) func hook(_ hook: Hook) async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.onEverythingElse(.status(200, text: "a page"))
        origin.on("/broken", .edge520)
        let home = try DaemonHome()
        let file = home.folder.file("hook.ndjson")
        let seen = home.folder.file("seen")
        let program = home.folder.file("hook")
        func install(_ script: String) throws {
            _ = try home.script(
                "hook", script.replacing("LOG", with: "'\(file)'").replacing("SEEN", with: "'\(seen)'"))
        }
        if let script = hook.script { try install(script) }
        try home.configure(
            TestConfig.eager + TestConfig.impatientHealth
                + "alerts: {exec: [\"\(program)\"], exec_timeout: 1s}\n")
        let daemon = try await home.startReady()
        _ = try await home.api.enqueue([origin.url("/broken")])
        #expect(await eventually { daemon.output.contains(" warning broken-origin ") })

        if let reason = hook.failsWith {
            let hasFailed = try await eventually {
                try await Self.delivery(home)?.error?.contains(reason) ?? false
            }
            let delivery = try await Self.delivery(home)
            #expect(hasFailed, "\(String(describing: delivery))")
            #expect(delivery?.state == "waiting" && delivery?.attempts == 1)
        }
        // The hook has its own pace, the crawl another.
        _ = try await home.api.enqueue((1...300).map { origin.url("/page\($0)") })
        let isCrawled = try await eventually(within: .seconds(20)) {
            try await home.api.status().urls["done"] == 300
        }
        #expect(isCrawled)
        if hook.script == nil { try install(Self.take) }

        let isDelivered = try await eventually(within: .seconds(40), every: .milliseconds(100)) {
            try await Self.delivery(home)?.state == "delivered"
        }
        let delivery = try await Self.delivery(home)
        #expect(isDelivered, "\(String(describing: delivery)) \(daemon.output.text)")
        #expect(delivery?.attempts == (hook.failsWith == nil ? 1 : 2))
        let alert = try #require(try await home.api.alerts().first?.alert)
        if hook.script?.contains("LOG") ?? true {
            let messages = try (FileBytes.read(file) ?? []).split(separator: UInt8(ascii: "\n")).map {
                try ControlJSON.decode(AlertMessage.self, from: $0)
            }
            #expect(Set(messages.map(\.id)) == [alert.id], "a repeated message has the same id")
            #expect(messages.first?.incident == alert.incident)
            #expect(messages.first?.url == origin.url("/broken"))
        }
        #expect(
            daemon.output.lines.count { $0.contains(" warning broken-origin ") } == 1,
            "the log is a sink of its own and told once")
        daemon.signal(SIGTERM)
        #expect(await daemon.ended() == .exited(0))
        await origin.stop()
    }

    private static func delivery(_ home: DaemonHome) async throws -> DeliveryRecord? {
        try await home.api.alerts().first?.deliveries.first { $0.sink == "exec" }
    }

    @Test func theWebhookIsAskedAgainWithTheSameID() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/broken", .edge520)
        let receiver = try await MisbehavingOrigin.start(address: "127.0.0.5")
        receiver.on("/hook", .sequence([.status(500), .status(204)]))
        let home = try DaemonHome(
            // No allowed address covers the receiver: the configuration names it.
            "fetch: {allow_addresses: [\"127.0.0.1/32\"]}\npoliteness: {crawl_delay: 0s}\n"
                + TestConfig.impatientHealth + "alerts: {webhook: \"\(receiver.url("/hook"))\"}\n")
        let daemon = try await home.startReady()
        _ = try await home.api.enqueue([origin.url("/broken")])
        #expect(await receiver.got(2, for: "/hook"))
        let requests = receiver.requests(for: "/hook")
        let messages = try requests.map { try ControlJSON.decode(AlertMessage.self, from: $0.body) }
        #expect(messages[0] == messages[1], "the same message, with the same id")
        #expect(messages[0].event == "broken-origin" && messages[0].url == origin.url("/broken"))
        #expect(requests[0].method == "POST" && requests[0].header("content-type") == "application/json")
        #expect((9_900...12_000).contains(requests[1].receivedAtMs - requests[0].receivedAtMs), "ten seconds later")
        let isDelivered = try await eventually { try await home.api.status().alertsPending == 0 }
        #expect(isDelivered)
        daemon.signal(SIGTERM)
        #expect(await daemon.ended() == .exited(0))
        await origin.stop()
        await receiver.stop()
    }

    @Test func aMessageThatWasNotDeliveredIsDeliveredAfterAKill() async throws {
        let origin = try await MisbehavingOrigin.start()
        origin.on("/broken", .edge520)
        let receiver = try await MisbehavingOrigin.start(address: "127.0.0.6")
        receiver.on("/hook", .sequence([.silence, .status(200)]))
        let home = try DaemonHome(
            TestConfig.eager + TestConfig.impatientHealth + "alerts: {webhook: \"\(receiver.url("/hook"))\"}\n")
        let daemon = try await home.startReady()
        _ = try await home.api.enqueue([origin.url("/broken")])
        #expect(await receiver.got(1, for: "/hook"))
        daemon.signal(SIGKILL)
        _ = await daemon.ended()
        let again = try await home.startReady()
        #expect(await receiver.got(2, for: "/hook"))
        let messages = try receiver.requests(for: "/hook").map {
            try ControlJSON.decode(AlertMessage.self, from: $0.body)
        }
        #expect(messages[0].id == messages[1].id)
        #expect(try await home.api.incidents().count == 1)
        again.signal(SIGTERM)
        #expect(await again.ended() == .exited(0))
        await origin.stop()
        await receiver.stop()
    }
}
