import ControlAPI
import CrawlService
import Foundation
import Logging
import ServiceLifecycle
import Synchronization
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

        enum Ending: String, CaseIterable, Sendable, CustomTestStringConvertible {
            case toldToStop = "told to stop"
            case cancelled

            var testDescription: String { rawValue }
        }

        /// NIO ends the process with a connection that was accepted and never served: a trap here is what this is about.
        @Test(
            "who connects in the moment of a stop is answered or cut off, and does not hold it up",
            arguments: Ending.allCases, [1, 64])
        func crowdInTheMomentOfAStop(_ ending: Ending, _ clients: Int) async throws {
            for _ in 0..<40 {
                let answers = try await stop(ending, while: clients)
                #expect(answers.count == clients)
                #expect(answers.allSatisfy { $0.map { $0.isEmpty || RawResponse($0)?.status == 200 } ?? false })
            }
        }

        /// What the clients got that connect as soon as the server accepts; nil = their connection did not end.
        private func stop(_ ending: Ending, while clients: Int) async throws -> [[UInt8]?] {
            let directory = try ServerFixture.directory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let path = directory + "/s"
            let (started, signal) = AsyncStream<Void>.makeStream()
            let crowd = Mutex<[RawClient]>([])
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            // A stop that waits for one of them takes longer than the test may.
            var limits = ControlLimits()
            limits.stopGrace = .seconds(90)
            limits.headTimeout = .seconds(90)
            let server = ControlServer(
                control: MemoryControl(), socket: try ControlSocket.open(path: path),
                canonicalize: ServerFixture.refuseAll, limits: limits, logger: logger,
                onRunning: {
                    for number in 0..<clients {
                        guard let client = try? RawClient(path) else { continue }
                        if number % 2 == 0 { client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") }
                        crowd.withLock { $0.append(client) }
                    }
                    signal.finish()
                })
            let group = ServiceGroup(services: [server], logger: logger)
            let task = Task {
                switch ending {
                case .toldToStop: try await group.run()
                case .cancelled: try await server.run()
                }
            }
            for await _ in started {}
            switch ending {
            case .toldToStop: await group.triggerGracefulShutdown()
            case .cancelled: task.cancel()
            }
            try await task.value
            let connected = crowd.withLock { $0 }
            return try await offPool {
                connected.map { client in
                    defer { client.close() }
                    return client.readToEnd()
                }
            }
        }
    }
}
