import ControlAPI
import CrawlCore
import HTTPTypes
import Hummingbird
import NIOCore

/// What the handlers share; each verb is an extension in a file of its own.
struct ControlVerbs: Sendable {
    let control: any CrawlControl
    let canonicalize: Canonicalize
    let limits: ControlLimits
    let jsonRoom: JSONRoom

    /// One JSON object.
    func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: ContentType.json],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try ControlJSON.encode(value))))
    }

    /// One row a line, the cursor of the next page in a header. Written piece by piece, so that a slow reader shows.
    func page<Row: Encodable & Sendable>(_ page: Page<Row>) throws -> Response {
        let piece = 64 * 1024
        var pieces: [ByteBuffer] = []
        var buffer = ByteBuffer()
        for row in page.rows {
            buffer.writeBytes(try ControlJSON.encode(row))
            buffer.writeInteger(UInt8(ascii: "\n"))
            while let full = buffer.readSlice(length: piece) { pieces.append(full) }
        }
        pieces.append(buffer)
        let body = pieces
        var headers: HTTPFields = [.contentType: ContentType.ndjson]
        if let next = page.next, let name = HTTPField.Name(Routes.nextCursor) { headers[name] = next }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(contentLength: body.reduce(0) { $0 + $1.readableBytes }) { writer in
                for piece in body where piece.readableBytes > 0 { try await writer.write(piece) }
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
