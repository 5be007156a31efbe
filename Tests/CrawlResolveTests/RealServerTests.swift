import CrawlCore
import CrawlTesting
import Testing

@testable import CrawlResolve

/// Through the name servers that machines have.
@Suite(.serialized)
struct RealServerTests {
    private static func script(_ question: ServedQuestion) -> ServedReply {
        switch question.name {
        case "none.example": .noName(minimum: 30)
        case "empty.example": .noAddress(minimum: 30)
        case "bad.example": .code(.serverFailure)
        case "many.example": .addresses((1...50).map { "127.0.0.\($0)" }, to: question)
        default:
            question.isIPv6
                ? ServedReply.noAddress(minimum: 30).late(.milliseconds(20))
                : ServedReply.address(address(question.name)).late(.milliseconds(20))
        }
    }

    private static func address(_ name: String) -> UInt32 {
        0x7F00_0000 + (UInt32(name.dropFirst().prefix { $0 != "." }) ?? 0)
    }

    @Test(arguments: NameDaemon.Kind.allCases)
    func aRealServerIsUnderstood(_ kind: NameDaemon.Kind) async throws {
        let upstream = try await ScriptedNameServer.start { Self.script($0) }
        let daemon = try await NameDaemon.start(kind, asking: upstream.port)
        let asking = try Asking([daemon.port])
        #expect(try await asking.find("n7.example").texts == ["127.0.0.7"])
        #expect(try await asking.find("many.example").texts?.count == 50)
        guard case .noName(let ttl?) = try await asking.find("none.example") else {
            Issue.record("no NXDOMAIN that holds")
            return
        }
        #expect((.seconds(1)...(.seconds(30))).contains(ttl))
        guard case .noAddress(.some) = try await asking.find("empty.example") else {
            Issue.record("no NODATA that holds")
            return
        }
        #expect(try await asking.find("bad.example").failure?.kind == .serverFailure)
        await daemon.stop()
        await upstream.stop()
    }

    /// A stock dnsmasq takes 150 questions at a time, and REFUSES what is more.
    @Test(arguments: NameDaemon.Kind.allCases)
    func manyNamesAreAllAnswered(_ kind: NameDaemon.Kind) async throws {
        var options = ScriptedNameServer.Options()
        options.keepsLog = false
        let upstream = try await ScriptedNameServer.start(options) { Self.script($0) }
        let daemon = try await NameDaemon.start(kind, asking: upstream.port)
        let asking = try Asking([daemon.port])
        let hosts = (0..<3000).map { "n\($0).example" }
        let tickets = asking.ask(hosts)
        let answers = await asking.answers(tickets.count)
        let right = zip(hosts, tickets).count { host, ticket in
            guard case .addresses(let found, _) = answers[ticket]?.finding else { return false }
            return found == [IPAddress(v4: Self.address(host))]
        }
        #expect(right == hosts.count)
        await daemon.stop()
        await upstream.stop()
    }
}
