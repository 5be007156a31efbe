import CrawlTesting
import Foundation
import Testing

/// nginx on a loopback port, with everything it writes in a folder of the test's own.
struct NginxOrigin: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// One line of its access log.
    struct Request: Sendable, Hashable {
        /// When the answer was complete, ms since 1970.
        var at: Int64
        var status: Int
        /// As it was sent, escapes and all.
        var target: String
    }

    let base: String
    private let process: ChildProcess
    private let accessLog: String

    /// `tree` holds `names/`; the targets in `broken` answer 520.
    init(folder: String, tree: String, broken: [String]) async throws {
        let programs = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"]
        let program = try #require(
            programs.first { FileManager.default.isExecutableFile(atPath: $0) },
            "nginx is needed: apt-get install nginx-light")
        accessLog = folder + "/access.log"
        var refusal = ""
        for _ in 1...5 {
            let port = try Self.freePort()
            try Self.configuration(folder: folder, tree: tree, port: port, broken: broken)
                .write(toFile: folder + "/nginx.conf", atomically: true, encoding: .utf8)
            let process = try ChildProcess(
                ChildProcess.Command(
                    program, ["-p", folder, "-e", folder + "/error.log", "-c", folder + "/nginx.conf"]))
            // nginx writes its pid when it listens.
            let pid = folder + "/nginx.pid"
            let isDecided = await eventually(within: .seconds(20)) {
                access(pid, R_OK) == 0 || process.output.isComplete
            }
            try #require(isDecided, "nginx: not within 20 s")
            if access(pid, R_OK) == 0 {
                self.process = process
                base = "http://127.0.0.1:\(port)"
                return
            }
            refusal = process.output.text
        }
        throw Failure(description: "nginx does not start: \(refusal)")
    }

    func stop() async throws {
        process.signal(SIGTERM)
        try #require(await process.ended(within: .seconds(30)) != nil, "nginx does not end")
    }

    /// In the order they were answered.
    func requests() throws -> [Request] {
        try String(contentsOfFile: accessLog, encoding: .utf8).split(separator: "\n").map { line in
            let parts = line.split(separator: " ")
            return Request(
                at: Int64(try #require(Double(parts[0])) * 1000), status: try #require(Int(parts[1])),
                target: String(parts[2]))
        }
    }

    private static func configuration(folder: String, tree: String, port: UInt16, broken: [String]) -> String {
        let broken = broken.map { "location = \($0) { return 520 \"error code: 520\\n\"; }" }
        return """
            daemon off;
            # One process: killing it leaves no worker behind.
            master_process off;
            \(geteuid() == 0 ? "user root;" : "")
            pid \(folder)/nginx.pid;
            events {}
            http {
                log_format facts '$msec $status $request_uri';
                access_log \(folder)/access.log facts;
                client_body_temp_path \(folder)/body;
                proxy_temp_path \(folder)/proxy;
                fastcgi_temp_path \(folder)/fastcgi;
                uwsgi_temp_path \(folder)/uwsgi;
                scgi_temp_path \(folder)/scgi;
                keepalive_requests 100000;
                server {
                    listen 127.0.0.1:\(port);
                    root \(DocumentTree.root);
                    location /names/ { root \(tree); }
                    \(broken.joined(separator: "\n        "))
                }
            }
            """
    }

    /// Free a moment ago: nginx may find it taken, and then another one is tried.
    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw Failure(description: "no free port: errno \(errno)") }
        return UInt16(bigEndian: address.sin_port)
    }
}
