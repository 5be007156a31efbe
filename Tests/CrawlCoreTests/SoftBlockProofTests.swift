import Testing

@testable import CrawlCore

/// Ours, control, ours: what proves a soft block, and what does not.
struct SoftBlockProofTests {
    typealias Answer = SoftBlockProof.Answer

    static let here = IPAddress(v4: 0xC000_0201)
    static let elsewhere = IPAddress(v4: 0xC000_0202)

    static func ours(
        _ outcome: Outcome = .unknownOriginError, at seconds: Double = 0, from address: IPAddress? = here,
        proxy: UInt16? = nil
    ) -> Answer {
        Answer(
            isControl: false, outcome: outcome, kind: outcome.kind(), address: address, proxy: proxy, at: at(seconds))
    }

    static func control(
        _ outcome: Outcome = .success, at seconds: Double = 1, from address: IPAddress? = here, proxy: UInt16? = nil
    ) -> Answer {
        var answer = ours(outcome, at: seconds, from: address, proxy: proxy)
        answer.isControl = true
        return answer
    }

    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var answers: [Answer]
        /// After the first answer and after each other; nil = none was begun.
        var finds: [SoftBlockProof.Finding]?

        init(_ name: String, _ answers: [Answer], _ finds: [SoftBlockProof.Finding]?) {
            testDescription = name
            self.answers = answers
            self.finds = finds
        }
    }

    @Test(
        "what the three answers show",
        arguments: [
            Case("control is served", [ours(), control(), ours(at: 2)], [.goesOn, .blocked]),
            Case("control is served a 404", [ours(), control(.gone), ours(at: 2)], [.goesOn, .blocked]),
            Case("control is told of no change", [ours(), control(.notModified), ours(at: 2)], [.goesOn, .blocked]),
            Case("control fails as we do", [ours(), control(.unknownOriginError)], [.nothing]),
            Case("control fails otherwise", [ours(), control(.serverError)], [.nothing]),
            Case("control is turned away", [ours(), control(.blocked)], [.nothing]),
            Case("control is throttled", [ours(), control(.throttled)], [.nothing]),
            Case("control was not sent", [ours(), control(.inconclusive, from: nil)], [.nothing]),
            Case("the rule says no", [ours(), control(.refusedByPolicy)], [.nothing]),
            Case("we asked in its place", [ours(), ours(.success, at: 1)], [.nothing]),
            Case("we recover", [ours(), control(), ours(.success, at: 2)], [.goesOn, .nothing]),
            Case("we fail otherwise", [ours(), control(), ours(.originDown, at: 2)], [.goesOn, .nothing]),
            Case("we are throttled", [ours(), control(), ours(.throttled, at: 2)], [.goesOn, .nothing]),
            Case("control asks twice", [ours(), control(), control(at: 2)], [.goesOn, .nothing]),
            Case("another address serves control", [ours(), control(from: elsewhere)], [.nothing]),
            Case("an unknown address serves control", [ours(), control(from: nil)], [.nothing]),
            Case("another address fails us", [ours(), control(), ours(at: 2, from: elsewhere)], [.goesOn, .nothing]),
            Case("our address is unknown", [ours(from: nil)], nil),
            Case("the first answer is good", [ours(.success)], nil),
            Case("the first answer is neutral", [ours(.throttled)], nil),
            Case("the first answer is a 500", [ours(.serverError)], nil),
            Case("the first answer is control's", [control(.unknownOriginError)], nil),
            Case(
                "all through one proxy", [ours(proxy: 3), control(proxy: 3), ours(at: 2, proxy: 3)],
                [.goesOn, .blocked]),
            Case("control past the proxy", [ours(proxy: 3), control()], [.nothing]),
            Case("control through another proxy", [ours(proxy: 3), control(proxy: 4)], [.nothing]),
            Case("we through another proxy", [ours(), control(), ours(at: 2, proxy: 0)], [.goesOn, .nothing]),
            Case("within ten minutes", [ours(), control(at: 300), ours(at: 600)], [.goesOn, .blocked]),
            Case("not within ten minutes", [ours(), control(at: 300), ours(at: 600.001)], [.goesOn, .nothing]),
            Case("control too late", [ours(), control(at: 601)], [.nothing]),
            Case("the clock was set back", [ours(), control(at: -1)], [.nothing]),
        ])
    func table(_ row: Case) {
        var proof = row.answers.first.flatMap { SoftBlockProof(first: $0) }
        let finds = row.answers.dropFirst().map { proof?.note($0) }
        if let expected = row.finds {
            #expect(finds == expected)
        } else {
            #expect(proof == nil)
        }
    }
}
