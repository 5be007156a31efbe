import ControlAPI
import CurlKit

/// The control socket through libcurl.
struct SocketConnection: APIConnection {
    let path: String
    let waiting: Waiting

    /// What a body's source calls back into. Unchecked: the client asks for bytes on the thread that called `send`, while
    /// that waits, and on no other.
    private struct SameThread: @unchecked Sendable {
        let body: APIBody
        let waiting: Waiting

        /// While this waits it waits for the source, not for the daemon.
        func read(_ max: Int) throws(CtlFailure) -> [UInt8] {
            let bytes = try body.read(max)
            waiting.heard()
            return bytes
        }
    }

    /// A page of the largest records has a tenth of this.
    private static let maxAnswer = 256 << 20

    /// CURLE_COULDNT_CONNECT.
    private static let noConnection: Int32 = 7

    func request(_ request: APIRequest) throws(CtlFailure) -> APIAnswer {
        try self.request(request, mayWait: true)
    }

    /// `mayWait`: the listener's queue may have filled up since the last look; then that is waited for, once.
    private func request(_ request: APIRequest, mayWait: Bool) throws(CtlFailure) -> APIAnswer {
        var outgoing = CurlClient.Request(url: "http://crawld" + request.target)
        outgoing.method = request.method.rawValue
        if let body = request.body {
            let source = SameThread(body: body, waiting: waiting)
            outgoing.body = .stream(size: nil) { try source.read($0) }
            // Without `Expect:` libcurl would wait a second for leave to send.
            outgoing.headers = ["Content-Type: \(body.contentType)", "Expect:"]
        }
        var received: [UInt8] = []
        waiting.heard()
        do {
            let response = try CurlClient(unixSocketPath: path).send(
                outgoing, onTick: { [waiting] in try waiting.tick(.answering) }
            ) { _, bytes in
                waiting.heard()
                guard received.count + bytes.count <= Self.maxAnswer else {
                    throw CtlFailure(.bug, "the daemon's answer is larger than \(NumberText.bytes(Self.maxAnswer))")
                }
                received += bytes
                return true
            }
            return APIAnswer(
                status: response.status, nextCursor: response.header(Routes.nextCursor.lowercased()), body: received)
        } catch let failure as CtlFailure {
            throw failure
        } catch {
            if mayWait, (error as? CurlError)?.code == Self.noConnection {
                try SocketProbe.check(path, waiting)
                return try self.request(request, mayWait: false)
            }
            let reason = (error as? CurlError)?.message ?? "\(error)"
            throw CtlFailure(.tryAgain, "the daemon at \(path) gave no answer: \(reason)\nasking again is safe")
        }
    }
}
