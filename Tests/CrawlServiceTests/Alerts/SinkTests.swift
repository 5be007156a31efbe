import ControlAPI
import CrawlCore
import CrawlFrontier
import CrawlTesting
import Foundation
import Logging
import Testing

@testable import CrawlService

@Suite(.timeLimit(.minutes(2))) struct SinkTests {
    let fixture: MarkedStore
    let alert: StoredAlert

    init() throws {
        fixture = try MarkedStore(sinks: ["log"])
        try fixture.mark("https://shop.example/a?b=1")
        alert = try #require(try fixture.store.alerts(after: 0, limit: 1).first?.alert)
    }

    func resolved() throws -> StoredAlert {
        try fixture.resolve(try fixture.mark("https://shop.example/second"))
        return try #require(try fixture.store.alerts(after: 0, limit: 10).last?.alert)
    }

    // MARK: Log

    func line(_ alert: StoredAlert) -> String {
        let lines = LockedLines()
        let sink = LogSink(level: .info, now: { 0 }, write: { lines.add($0.map { "\($0.level) \(LogLine.body($0))" }) })
        LogAlertSink(log: sink).deliver(alert) { _ in }
        sink.flush()
        return lines.all.joined(separator: "\n")
    }

    @Test func logLineIsTheContract() {
        #expect(
            line(alert)
                == "warning broken-origin url=https://shop.example/a?b=1 origin=https://shop.example cause=520"
                + " incident=\(alert.facts.incident) first_at=2025-12-31T23:00:00.000Z observations=10"
                + " grade=genuine cf_ray=8a1b2c3d4e5f6072-AMS")
    }

    @Test func resolvedIsANotice() throws {
        let text = line(try resolved())
        #expect(text.hasPrefix("notice resolved url=https://shop.example/second"))
        #expect(text.contains(" last_at=2026-01-01T00:00:00.000Z observations=10"))
        #expect(text.hasSuffix(" how=recovered"))
    }

    // MARK: Hook

    func exec(_ arguments: [String], timeout: Duration = .seconds(60)) async -> AlertDelivery {
        let sink = ExecAlertSink(
            arguments: arguments, timeout: timeout, runner: HookRunner(),
            logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() })
        return await withCheckedContinuation { answer in sink.deliver(alert) { answer.resume(returning: $0) } }
    }

    @Test func hookGetsTheMessageOnStandardInput() async throws {
        let file = fixture.folder.file("got")
        #expect(await exec(["/bin/sh", "-c", "read -r line && printf %s \"$line\" > \(file)"]) == .delivered)
        #expect(try String(contentsOfFile: file, encoding: .utf8).utf8.elementsEqual(AlertMessages.json(alert)))
    }

    @Test func hookEndingsAsReasons() async {
        #expect(await exec(["/bin/sh", "-c", "exit 3"]) == .failed("exit 3"))
        #expect(await exec(["/bin/sh", "-c", "kill -9 $$"]) == .failed("ended by SIGKILL"))
        #expect(await exec(["/nowhere/x"]) == .failed("cannot run /nowhere/x: No such file or directory"))
        #expect(await exec(["/bin/sleep", "1000"], timeout: .milliseconds(100)) == .failed("timed out after 100ms"))
    }

    // MARK: Webhook

    func webhook(_ url: String, limit: Duration = .seconds(30)) async -> AlertDelivery {
        let sink = WebhookAlertSink(url: url, userAgent: "crawld/test", limit: limit)
        return await withCheckedContinuation { answer in sink.deliver(alert) { answer.resume(returning: $0) } }
    }

    @Test func webhookPostsTheMessage() async throws {
        let server = LoopbackServer(answer: "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        defer { server.stop() }
        #expect(await webhook(server.url) == .delivered)
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("POST /hook?key=secret HTTP/1.1\r\n"))
        #expect(request.contains("\r\nContent-Type: application/json\r\n"))
        #expect(request.contains("\r\nUser-Agent: crawld/test\r\n"))
        let json = String(decoding: try AlertMessages.json(alert), as: UTF8.self)
        #expect(request.hasSuffix("\r\n\r\n" + json))
    }

    @Test func webhookErrorsAreFailures() async {
        let failing = LoopbackServer(answer: "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        defer { failing.stop() }
        #expect(await webhook(failing.url) == .failed("status 500"))
    }

    @Test func webhookFollowsNoRedirect() async {
        let target = LoopbackServer(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        let redirect = LoopbackServer(
            answer: "HTTP/1.1 302 Found\r\nLocation: \(target.url)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        defer {
            target.stop()
            redirect.stop()
        }
        #expect(await webhook(redirect.url) == .failed("status 302"))
        #expect(target.requests == [])
    }

    @Test func aWebhookThatHangsEndsAtItsLimitAndItsURLStaysSecret() async {
        let server = LoopbackServer(answer: nil)
        defer { server.stop() }
        guard case .failed(let reason) = await webhook(server.url, limit: .milliseconds(200)) else {
            Issue.record("delivered")
            return
        }
        #expect(!reason.contains("secret"))
    }
}
