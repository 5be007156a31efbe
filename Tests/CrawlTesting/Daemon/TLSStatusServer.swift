internal import Foundation

/// `openssl s_server -www` on a loopback port: answers each connection once, with what its TLS handshake was like.
package final class TLSStatusServer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// `https://127.0.0.1:port/`.
    package let url: String
    private let process: ChildProcess

    package static func start() async throws -> TLSStatusServer {
        let files = try TestCertificates.shared.get().files(.good)
        let arguments = ["s_server", "-accept", "127.0.0.1:0", "-cert", files.certificate, "-key", files.key, "-www"]
        let process = try ChildProcess(ChildProcess.Command("/usr/bin/openssl", arguments))
        let start = "ACCEPT 127.0.0.1:"
        _ = await eventually(within: .seconds(20)) { process.ending != nil || process.output.contains(start) }
        guard let line = process.output.lines.first(where: { $0.hasPrefix(start) }) else {
            throw Failure(description: "openssl s_server does not start: \(process.output.text)")
        }
        return TLSStatusServer(url: "https://127.0.0.1:\(line.dropFirst(start.count))/", process: process)
    }

    private init(url: String, process: ChildProcess) {
        self.url = url
        self.process = process
    }

    /// Of a page that it answered with: the handshake took up an earlier session. nil = the page does not say.
    package static func wasResumed(_ page: [UInt8]?) -> Bool? {
        let text = String(decoding: page ?? [], as: UTF8.self)
        if text.contains("Reused, TLSv1") { return true }
        return text.contains("New, TLSv1") ? false : nil
    }

    package func stop() async {
        process.signal(SIGKILL)
        _ = await process.ended(within: .seconds(30))
    }
}
