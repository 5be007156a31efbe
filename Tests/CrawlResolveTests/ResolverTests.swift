import CConnect
import CrawlCore
import CrawlTesting
import Foundation
import Synchronization
import Testing

@testable import CrawlResolve

/// Against a server that answers well, or badly, on the wire.
@Suite(.serialized)
struct ResolverTests {
    /// What the server says of both families, and what comes of it.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var script: ScriptedNameServer.Script
        var finding: NameAnswer.Finding

        init(
            _ name: String, _ finding: NameAnswer.Finding, _ script: @escaping ScriptedNameServer.Script
        ) {
            testDescription = name
            self.finding = finding
            self.script = script
        }

        private static func found(_ texts: [String], ttl: Int = 300) -> NameAnswer.Finding {
            .addresses(texts.compactMap { IPAddress($0.utf8) }, ttl: .seconds(ttl))
        }

        private static func failed(_ kind: NameFailure.Kind) -> NameAnswer.Finding { .failed(NameFailure(kind)) }
        private static let fifty = (1...50).map { "127.0.0.\($0)" }
        private static let giant = (0..<3000).map { ServedRecord(.a(0x7F01_0000 + UInt32($0))) }

        static let all: [Case] = [
            Case("both families", found(["127.0.0.1", "127.0.0.2", "::1"], ttl: 30)) {
                .addresses(["127.0.0.1", "127.0.0.2", "::1"], ttl: $0.isIPv6 ? 30 : 60, to: $0)
            },
            Case("late", found(["127.0.0.1", "::1"])) {
                ServedReply.addresses(["127.0.0.1", "::1"], to: $0).late(.milliseconds(30))
            },
            Case("IPv4 only", found(["127.0.0.1"])) { $0.isIPv6 ? .noAddress(minimum: 9) : .address(0x7F00_0001) },
            Case("IPv6 never answered", found(["127.0.0.1"])) { $0.isIPv6 ? .silence : .address(0x7F00_0001) },
            Case("no such name", .noName(ttl: .seconds(9))) { _ in .noName(minimum: 9) },
            Case("no such name, without an SOA", .noName(ttl: nil)) { _ in .noName() },
            Case("no address", .noAddress(ttl: .seconds(9))) { _ in .noAddress(minimum: 9) },
            Case("SERVFAIL", failed(.serverFailure)) { _ in .code(.serverFailure) },
            Case("FORMERR", failed(.serverFailure)) { _ in .code(.formatError) },
            Case("REFUSED", failed(.refused)) { _ in .code(.refused) },
            Case("a chain", found(["127.0.0.1"], ttl: 5)) { question in
                guard !question.isIPv6 else { return .noAddress() }
                return ServedReply(records: [
                    ServedRecord(.a(0x7F00_0001), owner: "c.example"),
                    ServedRecord(.cname("c.example"), ttl: 5, owner: "b.example"),
                    ServedRecord(.cname("b.example")),
                ])
            },
            Case("a loop", failed(.garbled)) { question in
                ServedReply(records: [
                    ServedRecord(.cname("b.example")), ServedRecord(.cname(question.name), owner: "b.example"),
                ])
            },
            Case("cut: asked over TCP", found(fifty)) { $0.isIPv6 ? .noAddress() : .addresses(fifty) },
            Case("cut, and nothing over TCP", failed(.timedOut)) {
                $0.isTCP ? .silence : ServedReply.address(0x7F00_0001).truncated
            },
            Case("giant", found((0..<64).map { "127.1.0.\($0)" })) {
                $0.isIPv6 ? .noAddress() : ServedReply(records: giant)
            },
            Case("nonsense", failed(.timedOut)) { _ in ServedReply(records: [], fault: .garbage) },
            Case("nonsense first", found(["127.0.0.1"])) { question in
                let answer = ServedReply.addresses(["127.0.0.1"], to: question)
                let others = [ServedReply.Fault.stub, .wrongID, .otherName, .otherType, .notMarked, .garbage]
                return answer.after(
                    others.map { ServedReply(records: [ServedRecord(.a(0x7F09_0909))], fault: $0) })
            },
        ]
    }

    @Test(arguments: Case.all)
    func whatAServerSaysIsFound(_ test: Case) async throws {
        let server = try await ScriptedNameServer.start { test.script($0) }
        // Only what has to wait for silence is hurried.
        let isSilent = test.finding == .failed(NameFailure(.timedOut)) || test.finding.failure?.kind == .refused
        let asking = try Asking([server.port], schedule: isSilent ? Asking.quick : RetrySchedule())
        #expect(try await asking.find("www.a.example") == test.finding)
        #expect(asking.surplus == 0)
        await server.stop()
    }

    @Test func namesAreAskedForAsTheyStand() async throws {
        let server = try await ScriptedNameServer.start { _ in .noName() }
        let asking = try Asking([server.port])
        _ = try await asking.find("short")
        #expect(Set(server.questions.map(\.name)) == ["short"])
        #expect(server.questions.map(\.type).sorted() == [ServedQuestion.a, ServedQuestion.aaaa])
        await server.stop()
    }

    @Test func whatIsNoNameIsNeverSent() async throws {
        let server = try await ScriptedNameServer.start { _ in .address(0x7F00_0009) }
        let asking = try Asking([server.port])
        for host in ["a..b", "a b", "a\\.b", "ä", String(repeating: "a", count: 64)] {
            #expect(try await asking.find(host) == .noName(ttl: nil))
        }
        #expect(try await asking.find("x.localhost").texts == ["127.0.0.1", "::1"])
        #expect(try await asking.find("127.0.0.5").texts == ["127.0.0.5"])
        #expect(server.count == 0)
        await server.stop()
    }

    @Test func withoutIPv6OnlyIPv4IsAskedFor() async throws {
        let server = try await ScriptedNameServer.start { question in
            question.name == "six.example" && !question.isIPv6
                ? .noAddress() : .addresses(["127.0.0.1", "::1"], to: question)
        }
        let asking = try Asking([server.port]) {
            $0.ipv6 = .auto
            $0.hasIPv6Route = { false }
        }
        #expect(asking.resolver.families == .v4)
        #expect(try await asking.find("a.example").texts == ["127.0.0.1"])
        #expect(server.questions.map(\.type) == [ServedQuestion.a])
        #expect(try await asking.find("six.example") == .failed(NameFailure(.otherFamily)))
        await server.stop()
    }

    @Test func theHostsFileIsAskedFirst() async throws {
        let folder = try TemporaryFolder()
        try Data("192.0.2.1 a.example\n".utf8).write(to: URL(fileURLWithPath: folder.file("hosts")))
        let server = try await ScriptedNameServer.start { _ in .noName() }
        let asking = try Asking([server.port]) { $0.hostsFile = folder.file("hosts") }
        let address = try #require(IPAddress("192.0.2.1".utf8))
        #expect(try await asking.find("a.example") == .addresses([address], ttl: nil))
        #expect(server.count == 0)
        await server.stop()
    }

    @Test func theServersOfTheFileAreAskedAndOthersWhenItChanges() async throws {
        let folder = try TemporaryFolder()
        let file = URL(fileURLWithPath: folder.file("resolv.conf"))
        try Data("nameserver 192.0.2.1\nnameserver fe80::1%eth0\n".utf8).write(to: file)
        let told = Mutex<[ResolverNotice]>([])
        let asking = try Asking([]) {
            $0.servers = nil
            $0.resolverFile = file.path
            $0.tell = { notice in told.withLock { $0.append(notice) } }
        }
        #expect(await asking.figures().servers == ["192.0.2.1"])
        #expect(told.withLock { $0.contains(.ignoredServer("fe80::1%eth0")) })
        try Data("nameserver 192.0.2.2\nnameserver 192.0.2.3\n".utf8).write(to: file)
        let isRead = await eventually {
            // Each question lets it look at the file, once a second.
            asking.ask(["localhost"])
            return await asking.figures().servers == ["192.0.2.2", "192.0.2.3"]
        }
        #expect(isRead)
    }

    @Test func whoAsksWhileANameWaitsSharesItsLookUp() async throws {
        let server = try await ScriptedNameServer.start { _ in ServedReply.address(0x7F00_0001).late(.milliseconds(20))
        }
        let asking = try Asking([server.port]) { $0.ipv6 = .off }
        // All of one batch wait when the last of them is taken.
        let tickets = asking.ask(Array(repeating: "a.example", count: 5))
        for ticket in tickets { #expect(try await asking.answer(ticket).finding.texts == ["127.0.0.1"]) }
        #expect(server.count("a.example") == 1)
        // It has begun, and ended: the next one is a look-up of its own.
        _ = try await asking.find("a.example")
        #expect(server.count("a.example") == 2)
        #expect(asking.surplus == 0)
        await server.stop()
    }

    @Test func whoAsksAfterALookUpBeganGetsAnAnswerOfItsOwn() async throws {
        let addresses = Mutex<UInt32>(0x7F00_0000)
        let server = try await ScriptedNameServer.start { _ in
            let next = addresses.withLock {
                $0 += 1
                return $0
            }
            return ServedReply.address(next).late(.milliseconds(100))
        }
        let asking = try Asking([server.port]) { $0.ipv6 = .off }
        let first = asking.ask(["a.example"])[0]
        #expect(await eventually(every: .milliseconds(1)) { server.count == 1 })
        let second = asking.ask(["a.example"])[0]
        #expect(try await asking.answer(first).finding.texts == ["127.0.0.1"])
        #expect(try await asking.answer(second).finding.texts == ["127.0.0.2"])
        await server.stop()
    }

    @Test func aSilentServerIsToldOfAndGivenUp() async throws {
        let server = try await ScriptedNameServer.start { _ in .silence }
        let asking = try Asking([server.port], schedule: Asking.quick)
        let ticket = asking.ask(["a.example"])[0]
        #expect(try await asking.answer(ticket).finding == .failed(NameFailure(.timedOut)))
        #expect(asking.slow(ticket) == 1)
        #expect(server.count("a.example", type: ServedQuestion.a) == 3)
        #expect(server.count("a.example", type: ServedQuestion.aaaa) == 3)
        let figures = await asking.figures()
        #expect(figures.inFlight == 0)
        #expect(figures.failed == 1)
        await server.stop()
    }

    @Test func anotherServerAnswersForASilentOne() async throws {
        let silent = try await ScriptedNameServer.start { _ in .silence }
        let failing = try await ScriptedNameServer.start { _ in .code(.serverFailure) }
        let good = try await ScriptedNameServer.start { .addresses(["127.0.0.7"], to: $0) }
        let asking = try Asking([silent.port, failing.port, good.port], schedule: Asking.quick)
        #expect(try await asking.find("a.example").texts == ["127.0.0.7"])
        #expect(silent.count > 0)
        #expect(failing.count > 0)
        for server in [silent, failing, good] { await server.stop() }
    }

    @Test func aPortWithoutAServerIsFollowedByTheNextAtOnce() async throws {
        let gone = try await ScriptedNameServer.start { _ in .silence }
        await gone.stop()
        let good = try await ScriptedNameServer.start { .addresses(["127.0.0.7"], to: $0) }
        // Longer than a test may take: it is not waited for.
        var schedule = RetrySchedule()
        schedule.steps = [.seconds(300), .seconds(300), .seconds(300)]
        let asking = try Asking([gone.port, good.port], schedule: schedule)
        #expect(try await asking.find("a.example").texts == ["127.0.0.7"])
        await good.stop()
    }

    /// No descriptor, no route: nothing was asked, so that it is nobody's time-out.
    @Test(arguments: [EMFILE, ENETUNREACH])
    func whatOurOwnMachineCannotSendIsToldSo(_ number: Int32) async throws {
        let server = try await ScriptedNameServer.start { .addresses(["127.0.0.1"], to: $0) }
        let asking = try Asking([server.port], schedule: Asking.quick)
        cconnect_fail(UInt16(server.port), number)
        defer { cconnect_fail(0, 0) }
        let ticket = asking.ask(["a.example"], isJudged: true)[0]
        let failure = try #require(try await asking.answer(ticket).finding.failure)
        #expect(failure.kind == .lacking)
        #expect(failure.errno == number)
        #expect(!failure.isConfirmed)
        #expect(asking.slow(ticket) == 0)
        cconnect_fail(0, 0)
        #expect(try await asking.find("a.example").texts == ["127.0.0.1"])
        await server.stop()
    }

    // MARK: Whose fault

    @Test func aServerThatAnswersOthersIsNotToBlame() async throws {
        let server = try await ScriptedNameServer.start {
            $0.name == "bad.example" ? .code(.serverFailure) : .addresses(["127.0.0.1"], to: $0)
        }
        let asking = try Asking([server.port], schedule: Asking.quick)
        _ = try await asking.find("good.example")
        let failure = try #require(try await asking.find("bad.example", isJudged: true).failure)
        #expect(failure.kind == .serverFailure)
        #expect(failure.isConfirmed)
        #expect(failure.answersOthers)
        #expect(server.count("bad.example", type: ServedQuestion.a) == 2)
        // No control was needed.
        #expect(!server.questions.contains { $0.type == ServedQuestion.soa })
        await server.stop()
    }

    @Test(arguments: [true, false])
    func whereNobodyElseWasAnsweredAControlIsAsked(isAlive: Bool) async throws {
        let server = try await ScriptedNameServer.start { question in
            question.type == ServedQuestion.soa && isAlive ? .noName(minimum: 60) : .silence
        }
        let asking = try Asking([server.port], schedule: Asking.quick) {
            $0.publicSuffix = { _ in "co.example" }
            $0.random = { 7 }
        }
        let failure = try #require(try await asking.find("bad.co.example", isJudged: true).failure)
        #expect(failure.kind == .timedOut)
        #expect(failure.isConfirmed)
        #expect(failure.answersOthers == isAlive)
        let controls = server.questions.filter { $0.type == ServedQuestion.soa }
        #expect(Set(controls.map(\.name)) == ["c0000000000007.co.example"])
        await server.stop()
    }

    @Test func aFailureThatIsNotJudgedIsToldAtOnce() async throws {
        let server = try await ScriptedNameServer.start { _ in .code(.serverFailure) }
        var schedule = RetrySchedule()
        schedule.confirmation = .seconds(300)
        let asking = try Asking([server.port], schedule: schedule)
        let judged = NameQuestion(ticket: 1, host: "a.example")
        let other = NameQuestion(ticket: 2, host: "a.example", isJudged: false)
        asking.resolver.lookUp([judged, other])
        #expect(try await asking.answer(2).finding == .failed(NameFailure(.serverFailure)))
        #expect(await asking.figures().done == 1)
        await server.stop()
    }

    // MARK: Many

    @Test func manyNamesAreAskedWithinTheWindowAndAllAnswered() async throws {
        var options = ScriptedNameServer.Options()
        options.keepsLog = false
        let server = try await ScriptedNameServer.start(options) { question in
            question.isIPv6 ? .noAddress() : ServedReply.address(Self.address(question.name)).late(.milliseconds(5))
        }
        let asking = try Asking([server.port])
        let hosts = (0..<5000).map { "n\($0).example" }
        let tickets = asking.ask(hosts)
        let answers = await asking.answers(tickets.count)
        #expect(answers.count == tickets.count)
        let isRight = zip(hosts, tickets).allSatisfy { host, ticket in
            answers[ticket]?.finding == .addresses([IPAddress(v4: Self.address(host))], ttl: .seconds(300))
        }
        #expect(isRight)
        #expect(asking.surplus == 0)
        // Before it has grown.
        #expect(server.peak <= 1024)
        await server.stop()
    }

    private static func address(_ name: String) -> UInt32 {
        0x7F00_0000 + (UInt32(name.dropFirst().prefix { $0 != "." }) ?? 0)
    }

    @Test func aServerThatRefusesMoreThanItCanTakeGivesNoWrongAnswer() async throws {
        var options = ScriptedNameServer.Options()
        options.keepsLog = false
        options.mostAtATime = 60
        let server = try await ScriptedNameServer.start(options) { question in
            question.isIPv6
                ? ServedReply.noAddress().late(.milliseconds(5))
                : ServedReply.address(Self.address(question.name)).late(.milliseconds(5))
        }
        let asking = try Asking([server.port])
        let tickets = asking.ask((0..<3000).map { "n\($0).example" })
        let answers = await asking.answers(tickets.count)
        #expect(server.refusals > 0)
        #expect(answers.values.count { $0.finding.texts != nil } == tickets.count)
        #expect(await asking.figures().window <= 128)
        await server.stop()
    }

    @Test func deadNamesDoNotHoldOthersUp() async throws {
        let server = try await ScriptedNameServer.start { question in
            question.name.hasPrefix("dead") ? .silence : .addresses(["127.0.0.1"], to: question)
        }
        var schedule = RetrySchedule()
        schedule.steps = [.milliseconds(100), .seconds(300), .seconds(300)]
        let asking = try Asking([server.port], schedule: schedule) { $0.maxSlow = 10 }
        let dead = asking.ask((0..<300).map { "dead\($0).example" })
        let good = asking.ask((0..<300).map { "good\($0).example" })
        let answers = await asking.answers(good.count)
        #expect(good.allSatisfy { answers[$0]?.finding.texts == ["127.0.0.1"] })
        #expect(await eventually { dead.allSatisfy { asking.slow($0) == 1 } })
        let figures = await asking.figures()
        #expect(figures.slow == 10)
        #expect(figures.inFlight == 10)
        await server.stop()
    }

    @Test func aStoppedResolverSaysNothing() async throws {
        let server = try await ScriptedNameServer.start { _ in .silence }
        let asking = try Asking([server.port])
        asking.ask(["a.example"])
        #expect(await eventually { server.count > 0 })
        asking.resolver.stop()
        asking.resolver.stop()
        asking.ask(["localhost"])
        #expect(await asking.figures().done == 0)
        await server.stop()
    }
}
