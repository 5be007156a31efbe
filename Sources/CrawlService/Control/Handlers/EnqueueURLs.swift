import ControlAPI
import HTTPTypes
import Hummingbird
import NIOCore

extension ControlVerbs {
    /// `POST /v1/urls`
    @Sendable func enqueueURLs(_ request: ControlRequest) async throws -> Response {
        let headers = request.request.headers
        let format = try Self.format(headers[.contentType])
        let reader = EnqueueReader(format: format, limits: limits, canonicalize: canonicalize)
        // Lines are read as they come; only a JSON body lies in memory whole.
        let isGzip = try Self.isGzip(headers[values: .contentEncoding])
        let length = isGzip ? .max : headers[.contentLength].flatMap { Int($0) } ?? .max
        let share = format == .json ? ByteShare(of: jsonRoom, limit: min(length, limits.jsonBody)) : nil
        var enqueue = EnqueueRun(
            control: control, reader: reader, share: share, gzip: isGzip ? GzipBody(limits: limits) : nil,
            growth: growth)
        return try json(try await enqueue.run(request.request.body))
    }

    private static func isGzip(_ values: [String]) throws(ProblemAnswer) -> Bool {
        let codings = values.joined(separator: ",").lowercased().split(separator: ",")
            .map { $0.filter { $0 != " " && $0 != "\t" } }.filter { !$0.isEmpty && $0 != "identity" }
        guard let first = codings.first else { return false }
        guard codings.count == 1, first == "gzip" || first == "x-gzip" else {
            throw ProblemAnswer(
                415, ProblemCode.unsupportedMediaType, "Content-Encoding is gzip, once, or absent")
        }
        return true
    }

    private static func format(_ header: String?) throws(ProblemAnswer) -> EnqueueFormat {
        let type = (header ?? "").prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        switch type {
        case ContentType.text: return .text
        case ContentType.ndjson: return .ndjson
        case ContentType.json: return .json
        default:
            let isCurl = type == "application/x-www-form-urlencoded"
            throw ProblemAnswer(
                415, ProblemCode.unsupportedMediaType,
                "Content-Type is one of \(ContentType.ndjson), \(ContentType.json), \(ContentType.text)",
                hint: isCurl ? "use --data-binary, and -H 'Content-Type: \(ContentType.text)' for plain URLs" : nil)
        }
    }
}
