import CrawlTesting
import Foundation

/// nginx with one file that is too long for any crawl to end, on three ports of 127.0.0.1: plain, over TLS, and over
/// HTTP/2.
struct GreedyServer {
    enum Transport: String, CaseIterable {
        case http
        case https
        case http2
    }

    /// Of one answer; it lies on the disk as a hole.
    static let bodyBytes = 400 << 20

    let caFile: String
    private let ports: [Transport: Int]

    init(in workspace: Workspace) throws {
        let folder = try workspace.folder("greedy")
        guard FileManager.default.createFile(atPath: folder + "/long", contents: nil),
            truncate(folder + "/long", off_t(Self.bodyBytes)) == 0
        else { throw BenchFailure("\(folder)/long: \(String(cString: strerror(errno)))") }
        let certificates = try TestCertificates.shared.get()
        caFile = certificates.caFile
        let files = certificates.files(.good)
        var ports: [Transport: Int] = [:]
        for transport in Transport.allCases { ports[transport] = try PageServer.freePort() }
        self.ports = ports
        let servers = ports.map { transport, port in
            let listen =
                switch transport {
                case .http: "\(port)"
                case .https: "\(port) ssl"
                case .http2: "\(port) ssl http2"
                }
            return """
                server {
                    listen 127.0.0.1:\(listen);
                    ssl_certificate \(files.certificate);
                    ssl_certificate_key \(files.key);
                    root \(folder);
                }
                """
        }
        let config = folder + "/nginx.conf"
        try """
        daemon off;
        \(geteuid() == 0 ? "user root;" : "")
        worker_processes 1;
        pid \(folder)/nginx.pid;
        error_log \(folder)/error.log;
        events { worker_connections 100; }
        http {
            access_log off;
            sendfile on;
            http2_chunk_size 16k;
            client_body_temp_path \(folder)/body;
            proxy_temp_path \(folder)/proxy;
            fastcgi_temp_path \(folder)/fastcgi;
            uwsgi_temp_path \(folder)/uwsgi;
            scgi_temp_path \(folder)/scgi;
            \(servers.joined(separator: "\n"))
        }

        """.write(toFile: config, atomically: false, encoding: .utf8)
        let process = try workspace.start(
            try PageServer.executable(), ["-p", folder, "-c", config, "-e", folder + "/error.log"],
            log: folder + "/out.log")
        for _ in 0..<200 {
            if ports.values.allSatisfy({ PageServer.answers($0) }) { return }
            guard process.isRunning else { break }
            usleep(25_000)
        }
        throw BenchFailure("nginx does not answer: \(process.lastWords)")
    }

    func origin(_ transport: Transport) -> [UInt8] {
        Array("\(transport == .http ? "http" : "https")://127.0.0.1:\(ports[transport] ?? 0)".utf8)
    }
}
