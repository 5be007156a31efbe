@testable import crawlctl

/// Answers in order and keeps what was asked.
final class FakeConnection: APIConnection {
    private var answers: [APIAnswer]
    private(set) var targets: [String] = []
    private(set) var contentTypes: [String] = []
    private(set) var body: [UInt8] = []

    init(_ answers: [APIAnswer]) { self.answers = answers }

    func request(_ request: APIRequest) throws(CtlFailure) -> APIAnswer {
        targets.append("\(request.method.rawValue) \(request.target)")
        if let upload = request.body {
            contentTypes.append(upload.contentType)
            // A piece that divides nothing: boundaries fall into the middle of lines.
            while case let part = try upload.read(7), !part.isEmpty { body += part }
        }
        guard !answers.isEmpty else { throw CtlFailure(.bug, "more requests than answers") }
        return answers.removeFirst()
    }
}

/// Keeps what a verb wrote.
final class Written {
    private(set) var out = ""
    private(set) var err = ""

    /// `answer`: of who sits there; nil = nobody does.
    func terminal(width: Int? = nil, answer: String? = nil) -> Terminal {
        Terminal(
            width: width, showsProgress: false, canAsk: answer != nil,
            out: { self.out += String(decoding: $0, as: UTF8.self) },
            err: { self.err += String(decoding: $0, as: UTF8.self) }, answer: { answer })
    }
}

extension APIAnswer {
    init(_ status: Int, _ body: String, next: String? = nil) {
        self.init(status: status, nextCursor: next, body: Array(body.utf8))
    }
}
