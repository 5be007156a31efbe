import ControlAPI
import CrawlService
import Foundation
import Logging
import ServiceLifecycle
import Testing

extension ControlServerTests {
    @Suite(.timeLimit(.minutes(1))) struct StopTests {
        /// A server in a service group, with a client whose body is half sent when the group is told to stop.
        private func stop(
            limits: ControlLimits, _ afterwards: @escaping @Sendable (RawClient) throws -> [UInt8]?
        ) async throws -> [UInt8]? {
            let directory = try ServerFixture.directory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let path = directory + "/s"
            let (started, signal) = AsyncStream<Void>.makeStream()
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let server = ControlServer(
                control: MemoryControl(), socket: try ControlSocket.open(path: path),
                canonicalize: ServerFixture.refuseAll, limits: limits, logger: logger, onRunning: { signal.finish() })
            let group = ServiceGroup(services: [server], logger: logger)
            let task = Task { try await group.run() }
            for await _ in started {}
            let client = try await offPool {
                let client = try RawClient(path)
                client.send(
                    "POST /v1/urls HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\n"
                        + "Content-Length: 19\r\n\r\n")
                _ = client.read { $0.firstRange(of: Array("\r\n\r\n".utf8)) != nil }
                return client
            }
            await group.triggerGracefulShutdown()
            let answer = try await offPool { try afterwards(client) }
            try await task.value
            client.close()
            var info = stat()
            #expect(lstat(path, &info) != 0)
            return answer
        }

        @Test func requestUnderWayIsAnswered() async throws {
            let bytes = try await stop(limits: ControlLimits()) { client in
                client.send("http://a.example/1\n")
                return client.readToEnd()
            }
            #expect(RawResponse(try #require(bytes))?.status == 200)
        }

        @Test func stalledRequestDoesNotHoldTheStop() async throws {
            var limits = ControlLimits()
            limits.stopGrace = .milliseconds(100)
            let bytes = try await stop(limits: limits) { $0.readToEnd() }
            #expect(bytes?.isEmpty == true)
        }
    }
}
