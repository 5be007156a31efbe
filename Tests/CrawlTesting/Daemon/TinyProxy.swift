internal import Foundation

/// A real forward proxy on a loopback port, with its log in a folder of the test's own.
package final class TinyProxy: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let port: Int
    private let process: ChildProcess
    private let folder: TemporaryFolder

    /// `http://127.0.0.1:port`.
    package var url: String { "http://127.0.0.1:\(port)" }

    /// `login`: who may use it, `name password`; nil = everybody here. `port` 0 = any free one.
    package static func start(login: String? = nil, port: Int = 0) async throws -> TinyProxy {
        for _ in 1...5 {
            let port = port == 0 ? try await freePort() : port
            let proxy = try TinyProxy(port: port, login: login)
            let isDecided = await eventually(within: .seconds(20)) {
                proxy.process.ending != nil || isListening(port)
            }
            if isDecided, proxy.process.ending == nil { return proxy }
        }
        throw Failure(description: "tinyproxy does not start")
    }

    private init(port: Int, login: String?) throws {
        let programs = ["/usr/bin/tinyproxy", "/usr/sbin/tinyproxy", "/usr/local/bin/tinyproxy"]
        guard let program = programs.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw Failure(description: "tinyproxy is needed: apt-get install tinyproxy")
        }
        self.port = port
        folder = try TemporaryFolder()
        let configuration = """
            Port \(port)
            Listen 127.0.0.1
            Allow 127.0.0.0/8
            Timeout 30
            MaxClients 100
            LogFile "\(folder.file("log"))"
            LogLevel Connect
            \(login.map { "BasicAuth \($0)" } ?? "")

            """
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: folder.file("conf")))
        process = try ChildProcess(ChildProcess.Command(program, ["-d", "-c", folder.file("conf")]))
    }

    /// What it was asked, in order: `GET http://127.0.0.1:80/x`, `CONNECT 127.0.0.1:443`.
    package var requests: [String] {
        let log = (try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? ""
        return log.split(separator: "\n").compactMap { line in
            guard line.contains("Request (file descriptor"), let text = line.range(of: "): ") else { return nil }
            return line[text.upperBound...].split(separator: " ").prefix(2).joined(separator: " ")
        }
    }

    package func stop() async {
        process.signal(SIGKILL)
        _ = await process.ended(within: .seconds(30))
    }

    /// Free a moment ago.
    private static func freePort() async throws -> Int {
        let origin = try await MisbehavingOrigin.start()
        await origin.stop()
        return origin.port
    }

    private static func isListening(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
