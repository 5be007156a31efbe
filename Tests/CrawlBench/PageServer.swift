import CurlKit
import Foundation

/// nginx with one process and one page of 8 KB for every path, on a free port of all loopback addresses; on another port
/// one path in five answers 520.
struct PageServer {
    static let pageBytes = 8192

    let port: Int
    let failingPort: Int

    init(in workspace: Workspace) throws {
        let executable = try Self.executable()
        port = try Self.freePort()
        failingPort = try Self.freePort()
        let folder = try workspace.folder("nginx")
        let page = String(repeating: "<p>A page of eight thousand bytes or so.</p>\n", count: 200).prefix(
            Self.pageBytes)
        try page.write(toFile: folder + "/page.html", atomically: false, encoding: .utf8)
        let config = folder + "/nginx.conf"
        try Self.config(folder: folder, port: port, failingPort: failingPort).write(
            toFile: config, atomically: false, encoding: .utf8)
        let process = try workspace.start(
            executable, ["-p", folder, "-c", config, "-e", folder + "/error.log"], log: folder + "/out.log")
        for _ in 0..<200 {
            if Self.answers(port) { return }
            guard process.isRunning else { break }
            usleep(25_000)
        }
        let errors = (try? String(contentsOfFile: folder + "/error.log", encoding: .utf8)) ?? ""
        throw BenchFailure("nginx does not answer: \(process.lastWords)\(errors.suffix(2000))")
    }

    /// How many it was asked so far, this one counted.
    func requests() throws -> Int {
        let answer = try CurlClient(options: EasyOptions()).send(
            CurlClient.Request(url: "http://127.0.0.1:\(port)/requests"))
        // "server accepts handled requests", then their numbers.
        let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
        guard lines.count > 2, let count = lines[2].split(separator: " ").last.flatMap({ Int($0) }) else {
            throw BenchFailure("nginx does not tell how many requests it had")
        }
        return count
    }

    /// Whether the URL of a list with that index answers 520 there. Not by its last digits: the same origins have the same.
    static func fails(_ index: Int) -> Bool { index / 1000 % 5 == 0 }

    /// Bound to every address because 127.x.y.z are sixteen million of them; others than these are turned away.
    private static func config(folder: String, port: Int, failingPort: Int) -> String {
        """
        daemon off;
        \(geteuid() == 0 ? "user root;" : "")
        worker_processes 1;
        worker_rlimit_nofile 20000;
        pid \(folder)/nginx.pid;
        error_log \(folder)/error.log;
        events { worker_connections 19000; }
        http {
            access_log off;
            keepalive_requests 100000000;
            keepalive_timeout 300s;
            sendfile on;
            tcp_nopush on;
            open_file_cache max=16 inactive=1h;
            open_file_cache_valid 1h;
            default_type text/html;
            client_body_temp_path \(folder)/body;
            proxy_temp_path \(folder)/proxy;
            fastcgi_temp_path \(folder)/fastcgi;
            uwsgi_temp_path \(folder)/uwsgi;
            scgi_temp_path \(folder)/scgi;
            server {
                listen 0.0.0.0:\(port) backlog=4096;
                allow 127.0.0.0/8;
                deny all;
                root \(folder);
                location = /requests { stub_status; }
                location = /robots.txt { default_type text/plain; return 200 "\(robots)"; }
                location / { rewrite ^ /page.html break; }
            }
            server {
                listen 0.0.0.0:\(failingPort) backlog=4096;
                allow 127.0.0.0/8;
                deny all;
                root \(folder);
                location ~ "[05][0-9][0-9][0-9]\\.html$" { return 520 "error code: 520"; }
                location / { rewrite ^ /page.html break; }
            }
        }

        """
    }

    /// What each origin's robots.txt says; a page is not forbidden by it.
    private static let robots =
        "User-agent: *\\nDisallow: /private/\\nDisallow: /*?session=\\nAllow: /private/open/\\n"

    static func executable() throws -> String {
        let places: [String] = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"]
        let executable = places.first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let executable else { throw BenchFailure("nginx is not installed") }
        return executable
    }

    static func freePort() throws -> Int {
        let (descriptor, bound) = socket(bind, port: 0)
        defer { close(descriptor) }
        guard let bound else { throw BenchFailure("no free port: \(String(cString: strerror(errno)))") }
        return bound
    }

    static func answers(_ port: Int) -> Bool {
        let (descriptor, connected) = socket(connect, port: port)
        defer { close(descriptor) }
        return connected != nil
    }

    /// A TCP socket on which `call` (`bind` or `connect`) was made for 127.0.0.1; the port is nil if that failed.
    private static func socket(
        _ call: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, port: Int
    ) -> (descriptor: Int32, port: Int?) {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                call(descriptor, address, length) != 0 || getsockname(descriptor, address, &length) != 0
            }
        }
        return (descriptor, failed ? nil : Int(in_port_t(bigEndian: address.sin_port)))
    }
}
