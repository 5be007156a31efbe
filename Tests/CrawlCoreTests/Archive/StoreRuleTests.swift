import Testing

@testable import CrawlCore

/// Which answers become records.
struct StoreRuleTests {
    struct Answer: Sendable, CustomTestStringConvertible {
        var outcome: Outcome
        var status: Int32
        var isWhole = true
        var stored: Set<StoreRule>
        var testDescription: String { "\(outcome.name) \(status)\(isWhole ? "" : ", not whole")" }
    }

    @Test(arguments: [
        Answer(outcome: .success, status: 200, stored: [.success, .answers, .all]),
        Answer(outcome: .success, status: 206, stored: [.success, .answers, .all]),
        Answer(outcome: .notModified, status: 304, stored: [.success, .answers, .all]),
        Answer(outcome: .redirected, status: 301, stored: [.answers, .all]),
        Answer(outcome: .gone, status: 404, stored: [.answers, .all]),
        Answer(outcome: .clientError, status: 412, stored: [.answers, .all]),
        Answer(outcome: .throttled, status: 429, stored: [.answers, .all]),
        Answer(outcome: .blocked, status: 403, stored: [.answers, .all]),
        Answer(outcome: .serverError, status: 500, stored: [.answers, .all]),
        Answer(outcome: .unknownOriginError, status: 520, stored: [.answers, .all]),
        Answer(outcome: .tooLarge, status: 200, isWhole: false, stored: [.all]),
        Answer(outcome: .truncated, status: 200, isWhole: false, stored: [.all]),
        Answer(outcome: .responseTimeout, status: 200, isWhole: false, stored: [.all]),
        Answer(outcome: .inconclusive, status: 200, isWhole: false, stored: [.all]),
        Answer(outcome: .success, status: 200, isWhole: false, stored: [.all]),
        Answer(outcome: .connectTimeout, status: 0, isWhole: false, stored: []),
        Answer(outcome: .unknownOriginError, status: 0, isWhole: false, stored: []),
        Answer(outcome: .refusedByPolicy, status: 0, stored: []),
        Answer(outcome: .refusedByPolicy, status: 200, stored: []),
    ])
    func stores(_ answer: Answer) {
        let stored = StoreRule.allCases.filter {
            $0.stores(answer.outcome, status: answer.status, isWhole: answer.isWhole)
        }
        #expect(Set(stored) == answer.stored)
        for rule in stored { #expect(rule.mayStore(status: answer.status), "its head said that it would not be") }
    }

    @Test("what is never stored is known by the head", arguments: [103, 301, 404, 500, 520] as [Int32])
    func head(status: Int32) {
        #expect(!StoreRule.success.mayStore(status: status))
        #expect(StoreRule.all.mayStore(status: status) == (status >= 200))
    }
}
