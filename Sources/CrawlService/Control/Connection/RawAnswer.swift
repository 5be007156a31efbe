import ControlAPI
import NIOCore

/// An answer to bytes that never became a request, written past the HTTP machinery.
enum RawAnswer {
    static func bytes(_ problem: Problem, retryAfter: Int? = nil, allocator: ByteBufferAllocator) -> ByteBuffer {
        let body = (try? ControlJSON.encode(problem)).map { [UInt8]($0) } ?? []
        var buffer = allocator.buffer(capacity: 256 + body.count)
        buffer.writeString("HTTP/1.1 \(problem.status) \(problem.title)\r\nContent-Type: \(ContentType.problem)\r\n")
        if let retryAfter { buffer.writeString("Retry-After: \(retryAfter)\r\n") }
        buffer.writeString("Content-Length: \(body.count)\r\nConnection: close\r\n\r\n")
        buffer.writeBytes(body)
        return buffer
    }

    static let tooManyConnections = Problem(
        status: 503, title: "Service Unavailable", code: ProblemCode.tooManyConnections,
        detail: "too many connections are open")
    static let headTooSlow = Problem(
        status: 408, title: "Request Timeout", code: ProblemCode.timeout, detail: "the request's head took too long")
    static func headTooLarge(_ limit: Int) -> Problem {
        Problem(
            status: 431, title: "Request Header Fields Too Large", code: ProblemCode.headTooLarge,
            detail: "request line and header fields have at most \(limit) bytes")
    }
    static let badRequest = Problem(
        status: 400, title: "Bad Request", code: ProblemCode.badRequest, detail: "this is no HTTP/1.1 request")
}
