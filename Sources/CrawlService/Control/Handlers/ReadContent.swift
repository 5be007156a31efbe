import ControlAPI
import CrawlCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

extension ControlVerbs {
    /// See `PagePieces`.
    private static var connectionBytes: Int { 64 * 1024 }
    /// What reading a record holds: two pieces of the file, zlib's window for it and for two content codings, and a small body.
    private static var readingBytes: Int { 512 * 1024 }

    /// `GET /v1/content`: the page of a URL out of the archive, with `headers=true` behind its own head.
    @Sendable func readContent(_ request: ControlRequest) async throws -> Response {
        let query = request.query
        guard let text = query["url"] else {
            throw ProblemAnswer(400, ProblemCode.missingFilter, "give the url of the page")
        }
        let (url, isRaw, showsHead) = (try url(text), try query.flag("raw"), try query.flag("headers"))
        let share = ByteShare(of: answerRoom, limit: .max, doubles: false)
        let held = Self.connectionBytes + Self.readingBytes + 2 * limits.answerPiece
        try await share.hold(held)
        let content = try await control.content(url, isRaw: isRaw)
        try await share.hold(held + 2 * content.head.count)
        let head = showsHead ? content.head : []
        return Response(
            status: .ok, headers: Self.headers(content, head: showsHead ? content.head.count : nil),
            body: ResponseBody(contentLength: Int(content.count) + head.count) {
                [logger, piece = limits.answerPiece] writer in
                defer { withExtendedLifetime(share) {} }
                if !head.isEmpty { try await writer.write(ByteBuffer(bytes: head)) }
                var left = content.count
                while left > 0 {
                    let bytes: [UInt8]
                    do {
                        bytes = try await content.read(piece)
                    } catch {
                        logger.warning("a page ends before it is whole", metadata: ["error": "\(error)"])
                        throw error
                    }
                    // It was whole when it was read first: a file that changes meanwhile is none of ours.
                    guard !bytes.isEmpty, bytes.count <= left else { throw ChannelError.eof }
                    left -= Int64(bytes.count)
                    try await writer.write(ByteBuffer(bytes: bytes))
                    // See `page`.
                    try await request.loop.submit {}.get()
                }
                try await writer.finish(nil)
            })
    }

    private static func headers(_ content: PageContent, head: Int?) -> HTTPFields {
        var fields: HTTPFields = [.contentType: ContentType.bytes]
        let values = [
            (ContentHeader.status, content.status.map { "\($0)" }), (ContentHeader.type, content.contentType),
            (ContentHeader.coding, content.codings.isEmpty ? nil : content.codings.joined(separator: ", ")),
            (ContentHeader.date, content.date?.text), (ContentHeader.original, content.original),
            (ContentHeader.cut, content.cut.isEmpty ? nil : content.cut.joined(separator: ", ")),
            (ContentHeader.headLength, head.map { "\($0)" }),
        ]
        for (name, value) in values {
            if let value, let name = HTTPField.Name(name) { fields[name] = value }
        }
        return fields
    }
}
