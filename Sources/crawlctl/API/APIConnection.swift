/// One request to the control socket.
struct APIRequest {
    enum Method: String { case get = "GET", post = "POST", put = "PUT", delete = "DELETE" }

    var method: Method

    /// Path and query, percent-encoded.
    var target: String

    /// nil sends no body.
    var body: APIBody?

    init(_ method: Method, _ path: String, query: [(name: String, value: String)] = [], body: APIBody? = nil) {
        self.method = method
        let pairs = query.map { "\($0.name)=\(Self.encoded($0.value))" }
        target = pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
        self.body = body
    }

    /// RFC 3986: all but the unreserved characters as `%XX`.
    static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { out, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                out += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}

/// A body that is streamed: its length need not be known.
struct APIBody {
    var contentType: String

    /// The next bytes, at most `max` of them; empty at the end. Called until then, from the caller's thread.
    var read: (_ max: Int) throws(CtlFailure) -> [UInt8]
}

struct APIAnswer {
    var status: Int

    /// What continues a list; nil on its last page and for what is no list.
    var nextCursor: String?
    var body: [UInt8]

    /// Names in lower case.
    var headers: [String: String] = [:]
}

/// The way to the daemon. Throws when there was no answer; an answer of whatever status is returned.
protocol APIConnection {
    func request(_ request: APIRequest) throws(CtlFailure) -> APIAnswer

    /// As `request`; of a success whole lines are handed to `onLines` as they come, and the answer's body is empty.
    /// `isEndless`: it is no fault that nothing comes.
    func stream(
        _ request: APIRequest, isEndless: Bool, _ onLines: @escaping (ArraySlice<UInt8>) throws(CtlFailure) -> Void
    ) throws(CtlFailure) -> APIAnswer

    /// As `request`; the body of a success is handed to `onBytes` as it comes, and the answer's is empty.
    func download(
        _ request: APIRequest, _ onBytes: @escaping ([UInt8]) throws(CtlFailure) -> Void
    ) throws(CtlFailure) -> APIAnswer
}

extension APIConnection {
    func stream(
        _ request: APIRequest, isEndless: Bool, _ onLines: @escaping (ArraySlice<UInt8>) throws(CtlFailure) -> Void
    ) throws(CtlFailure) -> APIAnswer {
        var answer = try self.request(request)
        guard (200..<300).contains(answer.status) else { return answer }
        try onLines(answer.body[...])
        answer.body = []
        return answer
    }

    func download(
        _ request: APIRequest, _ onBytes: @escaping ([UInt8]) throws(CtlFailure) -> Void
    ) throws(CtlFailure) -> APIAnswer {
        var answer = try self.request(request)
        guard (200..<300).contains(answer.status) else { return answer }
        try onBytes(answer.body)
        answer.body = []
        return answer
    }
}
