import ControlAPI
import CrawlService
import Foundation
import Testing

extension ControlServerTests {
    @Suite(.timeLimit(.minutes(1))) struct ControlSocketTests {
        /// A directory that is removed afterwards, and the path of a socket in it.
        private func withPath(_ body: (String) throws -> Void) throws {
            let directory = try ServerFixture.directory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            try body(directory + "/s")
        }

        private func reason(_ body: () throws -> Void) -> ControlSocketError? {
            do {
                try body()
                return nil
            } catch {
                return error as? ControlSocketError
            }
        }

        @Test(arguments: [0o600, 0o660, 0o666]) func modeIsApplied(_ mode: Int) throws {
            try withPath { path in
                let socket = try ControlSocket.open(path: path, mode: UInt32(mode))
                defer { close(socket.descriptor) }
                var info = stat()
                #expect(lstat(path, &info) == 0)
                #expect(Int(info.st_mode) & 0o777 == mode)
                #expect(socket.group == info.st_gid)
                socket.unlink()
                #expect(lstat(path, &info) != 0)
                socket.unlink()
            }
        }

        @Test func staleSocketIsReplaced() throws {
            try withPath { path in
                close(try ControlSocket.open(path: path).descriptor)
                let second = try ControlSocket.open(path: path)
                defer { close(second.descriptor) }
                try RawClient(path).close()
            }
        }

        @Test func livingSocketIsLeftAlone() throws {
            try withPath { path in
                let first = try ControlSocket.open(path: path)
                defer { close(first.descriptor) }
                let error = reason { _ = try ControlSocket.open(path: path) }
                #expect(error?.reason == .inUse)
                #expect(error?.exitCode == 75)
                try RawClient(path).close()
            }
        }

        @Test func somethingElseIsLeftAlone() throws {
            try withPath { path in
                try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
                let error = reason { _ = try ControlSocket.open(path: path) }
                #expect(error?.reason == .notASocket)
                #expect(error?.exitCode == 73)
                let left = try String(contentsOfFile: path, encoding: .utf8)
                #expect(left == "mine")
            }
        }

        @Test func otherFaults() throws {
            try withPath { path in
                let long = reason { _ = try ControlSocket.open(path: path + String(repeating: "x", count: 200)) }
                #expect(long?.reason == .pathTooLong)
                let empty = reason { _ = try ControlSocket.open(path: "") }
                #expect(empty?.reason == .pathTooLong)
                let missing = reason { _ = try ControlSocket.open(path: path + "/none/s") }
                #expect(missing?.exitCode == 73)
                let group = reason { _ = try ControlSocket.open(path: path, group: "no such group") }
                #expect(group?.exitCode == 78)
                let descriptor = reason { _ = try ControlSocket.inherited(0) }
                #expect(descriptor?.reason == .unusableDescriptor)
            }
        }

        @Test func anotherOnesFileIsNotUnlinked() throws {
            try withPath { path in
                let first = try ControlSocket.open(path: path)
                defer { close(first.descriptor) }
                try FileManager.default.removeItem(atPath: path)
                let second = try ControlSocket.open(path: path)
                defer { close(second.descriptor) }
                first.unlink()
                try RawClient(path).close()
            }
        }

        @Test func inheritedSocketServesAndStays() async throws {
            let directory = try ServerFixture.directory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let made = try ControlSocket.open(path: directory + "/passed")
            let passed = dup(made.descriptor)
            close(made.descriptor)
            try await ServerFixture.run(socket: { _ in try ControlSocket.inherited(passed) }) { server in
                let server = ServerFixture(path: directory + "/passed", control: server.control)
                let response = try await server.send("GET", Routes.healthz)
                #expect(response.status == 200)
            }
            var info = stat()
            #expect(lstat(directory + "/passed", &info) == 0)
        }

        @Test func ourSocketIsGoneAfterTheStop() async throws {
            let directory = try ServerFixture.directory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let path = directory + "/own"
            try await ServerFixture.run(socket: { _ in try ControlSocket.open(path: path) }) { _ in }
            var info = stat()
            #expect(lstat(path, &info) != 0)
        }
    }
}
