import ControlAPI
import CrawlCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What the handlers share; each verb is an extension in a file of its own.
struct ControlVerbs: Sendable {
    let control: any CrawlControl
    let canonicalize: Canonicalize
    let limits: ControlLimits
    let jsonRoom: ByteRoom
    let answerRoom: ByteRoom
    let growth: BatchGrowth
    let seats: FollowSeats
    let logger: Logger

    /// An answer that is given away whole: more stays among those that are counted until it is written.
    private static let smallAnswer = 4 * 1024

    /// One JSON object.
    func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: ContentType.json],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try ControlJSON.encode(value))))
    }

    /// One row a line, the cursor of the next page in a header. Its rows are read while it is sent, so that a client that
    /// takes nothing costs little; what fails at the first of them is an answer of its own, later the connection ends, and the log
    /// says why.
    func page<Row: Encodable & Sendable>(_ page: Page<Row>, for request: ControlRequest) async throws -> Response {
        var headers: HTTPFields = [.contentType: ContentType.ndjson]
        if let next = page.next, let name = HTTPField.Name(Routes.nextCursor) { headers[name] = next }
        let share = ByteShare(of: answerRoom, limit: .max, doubles: false)
        let pieces = PagePieces(page, pieceBytes: limits.answerPiece, share: share)
        let first = try await pieces.next() ?? ByteBuffer()
        guard !pieces.isAtEnd || first.readableBytes > Self.smallAnswer else {
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: first))
        }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(contentLength: pieces.isAtEnd ? first.readableBytes : nil) { [logger] writer in
                var next: ByteBuffer? = first
                while let piece = next {
                    try await writer.write(piece)
                    // A write returns before the connection knows of it: only then does it tell that it is full, and the
                    // next write waits.
                    try await request.loop.submit {}.get()
                    do {
                        next = try await pieces.next()
                    } catch {
                        logger.warning(
                            "a list ends before it is whole, and so does its connection",
                            metadata: ["path": "\(request.request.uri.path)", "error": "\(error)"])
                        throw error
                    }
                }
                try await writer.finish(nil)
            })
    }

    func url(_ text: String) throws(ProblemAnswer) -> CrawlURL {
        var text = text
        switch text.withUTF8({ EnqueueCollector.canonical($0, canonicalize) }) {
        case .success(let url): return url
        case .failure(let problem): throw ProblemAnswer(400, problem.code.rawValue, problem.detail)
        }
    }

    func origin(_ text: String) throws(ProblemAnswer) -> String {
        let url = try url(text.hasSuffix("/") ? text : text + "/")
        guard url.path == "/" else {
            throw ProblemAnswer(400, ProblemCode.invalidURL, "an origin is scheme://host[:port], without a path")
        }
        return url.origin
    }

    /// Exactly one of `url` and `origin`.
    func target(_ query: QueryParameters) throws(ProblemAnswer) -> ControlTarget {
        switch (query["url"], query["origin"]) {
        case (let text?, nil): return .url(try url(text))
        case (nil, let text?): return .origin(try origin(text))
        default: throw ProblemAnswer(400, ProblemCode.missingFilter, "give exactly one of url and origin")
        }
    }
}
