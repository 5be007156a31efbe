import ControlAPI
import CurlKit

/// The control socket through libcurl.
struct SocketConnection: APIConnection {
    let path: String

    /// What a body's source calls back into. Unchecked: the client asks for bytes on the thread that called `send`, while
    /// that waits, and on no other.
    private struct SameThread: @unchecked Sendable {
        let body: APIBody
    }

    /// A page of the largest records has a tenth of this.
    private static let maxAnswer = 256 << 20

    func request(_ request: APIRequest) throws(CtlFailure) -> APIAnswer {
        var outgoing = CurlClient.Request(url: "http://crawld" + request.target)
        outgoing.method = request.method.rawValue
        if let body = request.body {
            let source = SameThread(body: body)
            outgoing.body = .stream(size: nil) { try source.body.read($0) }
            // Without `Expect:` libcurl would wait a second for leave to send.
            outgoing.headers = ["Content-Type: \(body.contentType)", "Expect:"]
        }
        var received: [UInt8] = []
        do {
            let response = try CurlClient(unixSocketPath: path).send(outgoing) { _, bytes in
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
            let reason = (error as? CurlError)?.message ?? "\(error)"
            throw CtlFailure(.tryAgain, "the daemon at \(path) gave no answer: \(reason)\nasking again is safe")
        }
    }
}
