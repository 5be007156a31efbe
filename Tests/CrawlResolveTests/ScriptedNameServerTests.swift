import CrawlTesting
import Testing

/// The server that all other tests here ask.
struct ScriptedNameServerTests {
    @Test(arguments: [false, true])
    func anAddressIsSaidOverUDPAndTCP(isTCP: Bool) async throws {
        let server = try await ScriptedNameServer.start { question in
            question.name == "a.example"
                ? ServedReply.addresses(["127.1.2.3", "::1"], ttl: 60, to: question).late(.milliseconds(1)) : .noName()
        }
        let question = RawQuestion.message("A.Example")
        let answer = try #require(await RawQuestion.ask(question, port: server.port, isTCP: isTCP))
        #expect(answer.prefix(2) == [0x12, 0x34])
        #expect(answer[2..<4] == [0x81, 0x80])
        // The question as it was asked, and one record.
        #expect(answer[4..<8] == [0, 1, 0, 1])
        #expect(Array(answer[12..<question.count]) == Array(question.dropFirst(12)))
        #expect(answer.suffix(16) == [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 1, 2, 3])
        #expect(server.questions.map(\.name) == ["a.example"])
        #expect(server.questions.map(\.isTCP) == [isTCP])
        await server.stop()
    }

    @Test func whatDoesNotFitIntoADatagramIsCutThere() async throws {
        let addresses = (0..<50).map { "127.0.0.\($0)" }
        let server = try await ScriptedNameServer.start { _ in .addresses(addresses) }
        let question = RawQuestion.message("many.example")
        let cut = try #require(await RawQuestion.ask(question, port: server.port))
        #expect(cut[2] & 2 == 2)
        #expect(cut.count == question.count)
        let whole = try #require(await RawQuestion.ask(question, port: server.port, isTCP: true))
        #expect(whole[2] & 2 == 0)
        #expect(whole[6..<8] == [0, 50])
        await server.stop()
    }

    @Test func moreThanAreTakenAtATimeAreRefused() async throws {
        var options = ScriptedNameServer.Options()
        options.mostAtATime = 0
        let server = try await ScriptedNameServer.start(options) { _ in .address(0x7F00_0001).late(.seconds(1)) }
        let answer = try #require(await RawQuestion.ask(RawQuestion.message("a.example"), port: server.port))
        #expect(answer[3] & 15 == 5)
        #expect(server.refusals == 1)
        await server.stop()
    }
}
