import ArgumentParser
import ControlAPI
import Testing

@testable import crawlctl

/// A page on standard output, and nothing beside it.
@Suite struct CatVerbTests {
    /// Keeps bytes as they are.
    private final class Output {
        var out: [UInt8] = []
        var err = ""
        var fault: Int32?

        var terminal: Terminal {
            Terminal(
                width: nil, showsProgress: false, out: { self.out += $0 },
                err: { self.err += String(decoding: $0, as: UTF8.self) }, outFault: { self.fault })
        }
    }

    private func run(_ arguments: [String], _ connection: FakeConnection, _ output: Output) throws -> CtlFailure? {
        let verb = try #require(try Crawlctl.parseAsRoot(arguments) as? any Verb)
        let session = Session(connection: connection, json: verb.wantsJSON, terminal: output.terminal, now: 0)
        do {
            try verb.run(in: session)
            return nil
        } catch let failure as CtlFailure {
            return failure
        }
    }

    private static let page: [UInt8] = [0x1B, 0, 0xFF, 0x0A, 0x0D]

    private static func answer(_ headers: [String: String] = [:]) -> APIAnswer {
        APIAnswer(status: 200, nextCursor: nil, body: page, headers: headers)
    }

    @Test("bytes go out unchanged, no line break is added", arguments: [["cat"], ["cat", "--json"]])
    func bytes(_ arguments: [String]) throws {
        let output = Output()
        let connection = FakeConnection([Self.answer()])
        #expect(try run(arguments + ["https://a.example/"], connection, output) == nil)
        #expect(output.out == Self.page)
        #expect(output.err == "")
        #expect(connection.targets == ["GET /v1/content?url=https%3A%2F%2Fa.example%2F"])
    }

    @Test("what is asked for is asked of the API")
    func query() throws {
        let connection = FakeConnection([Self.answer()])
        #expect(try run(["cat", "--raw", "--headers", "u"], connection, Output()) == nil)
        #expect(connection.targets == ["GET /v1/content?url=u&raw=true&headers=true"])
    }

    @Test("a coding that is left is told, on standard error, unless it was asked for")
    func coding() throws {
        let output = Output()
        let connection = FakeConnection([
            Self.answer(["crawld-page-coding": "br"]), Self.answer(["crawld-page-coding": "br"]),
        ])
        #expect(try run(["cat", "u"], connection, output) == nil)
        #expect(output.err == "crawlctl: the page is still in br, which is left as it is\n")
        #expect(try run(["cat", "--raw", "u"], connection, output) == nil)
        #expect(output.err.split(separator: "\n").count == 1)
        #expect(output.out == Self.page + Self.page)
    }

    @Test(
        "a page that is not whole is told to be none", arguments: ["length", "time", "disconnect", "limit", "coding"])
    func cut(_ why: String) throws {
        let output = Output()
        let both = FakeConnection([Self.answer(["crawld-page-cut": "\(why), new"])])
        #expect(try run(["cat", "u"], both, output) == nil)
        #expect(output.err.split(separator: "\n").count == 2)
        #expect(output.err.hasSuffix("crawlctl: the page is not whole: new\n"))
    }

    @Test("a refusal says why on standard error, and has an exit code")
    func refused() throws {
        let problem = Problem(
            status: 404, title: "Not Found", code: "not-archived", detail: "its page is in no archive", hint: "do this")
        let body = String(decoding: try ControlJSON.encode(problem), as: UTF8.self)
        let output = Output()
        let failure = try #require(try run(["cat", "u"], FakeConnection([.init(404, body)]), output))
        #expect(failure.reason == .notFound)
        #expect(failure.message == "not-archived: its page is in no archive (do this)")
        #expect(output.out.isEmpty)
    }

    @Test("a disk that does not take the page is no success")
    func fullDisk() throws {
        let output = Output()
        output.fault = 28
        let failure = try #require(try run(["cat", "u"], FakeConnection([Self.answer()]), output))
        #expect(failure.reason == .io)
        #expect(failure.message == "standard output: No space left on device")
    }
}
