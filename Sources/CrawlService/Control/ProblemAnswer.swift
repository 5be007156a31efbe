import ControlAPI
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// An error on its way to the client.
struct ProblemAnswer: Error {
    var problem: Problem
    var retryAfter: Duration?
    /// The connection cannot go on after it.
    var closes = false
    /// Methods that the path has; for 405.
    var allow: String?

    init(_ error: ControlError) {
        problem = Problem(
            status: error.status, title: Self.status(error.status).reasonPhrase, code: error.code,
            detail: error.detail, hint: error.hint)
        problem.candidates = error.candidates
        problem.after = error.after
        retryAfter = error.retryAfter
    }

    init(_ status: Int, _ code: String, _ detail: String, hint: String? = nil) {
        self.init(ControlError(status: status, code: code, detail: detail, hint: hint))
    }

    /// Any error of a handler. What is not ours is logged, and named to nobody.
    init(_ error: any Error, logger: Logger) {
        switch error {
        case let answer as ProblemAnswer:
            self = answer
        case let error as ControlError:
            self.init(error)
        case let failure as EnqueueFailure:
            self.init(failure.cause, logger: logger)
            if problem.status >= 500 || failure.stored.new + failure.stored.known > 0 {
                problem.new = failure.stored.new
                problem.known = failure.stored.known
                problem.rejected = failure.stored.rejected
            }
        case is ConnectionFault:
            self.init(408, ProblemCode.timeout, "no byte of the body came for too long")
            closes = true
        case is HTTPParserError:
            self.init(400, ProblemCode.badRequest, "the body is cut short or not well formed")
            closes = true
        case let error as HTTPError:
            self.init(error.status.code, ProblemCode.badRequest, error.body ?? error.status.reasonPhrase)
        case is CancellationError:
            self.init(.shuttingDown())
            closes = true
        default:
            logger.error("control request failed", metadata: ["error": "\(error)"])
            self.init(500, ProblemCode.internalError, "the daemon failed; its log says why")
            closes = error is ChannelError || error is IOError
        }
    }

    var response: Response {
        var headers: HTTPFields = [.contentType: ContentType.problem]
        if let retryAfter { headers[.retryAfter] = String(max(1, (retryAfter.milliseconds + 999) / 1000)) }
        if let allow { headers[.allow] = allow }
        if closes { headers[.connection] = "close" }
        let body = (try? ControlJSON.encode(problem)).map { ByteBuffer(bytes: $0) } ?? ByteBuffer()
        return Response(
            status: Self.status(problem.status), headers: headers, body: ResponseBody(byteBuffer: body))
    }

    private static func status(_ code: Int) -> HTTPResponse.Status {
        guard (400...599).contains(code) else { return .internalServerError }
        return HTTPResponse.Status(code: code, reasonPhrase: HTTPResponseStatus(statusCode: code).reasonPhrase)
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.multipliedReportingOverflow(by: 1000).overflow
            ? .max / 2 : seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
