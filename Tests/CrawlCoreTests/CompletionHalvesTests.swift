import CrawlTesting
import Testing

@testable import CrawlCore

/// What a commit is parted into when one of its rows cannot be stored.
struct CompletionHalvesTests {
    private static let verdict = Verdict(
        id: URLKey.make(origin: 1, hash: 1), generation: 1, leasedDueAt: nil, stateBefore: .scheduled, state: .done,
        outcome: .success, status: 200, at: at(0), hadHealth: false)

    @Test("suspects that were cleared are not lost with the one row that cannot be stored")
    func cleared() throws {
        var completion = Completion(verdicts: [Self.verdict])
        completion.cleared = [Self.verdict.id]
        let (answers, rest) = try #require(completion.halves)
        #expect(answers.verdicts.count == 1 && answers.halves == nil)
        #expect(rest.verdicts.isEmpty && rest.cleared == [Self.verdict.id])
    }

    @Test("nor is how far the archive's files reach")
    func archive() throws {
        var completion = Completion(verdicts: [Self.verdict])
        completion.archive = [ArchivePlace(file: "a.warc.gz", offset: 5, length: 7)]
        let (answers, rest) = try #require(completion.halves)
        #expect(answers.verdicts.count == 1 && answers.archive.isEmpty && answers.halves == nil)
        #expect(rest.verdicts.isEmpty && rest.archive == completion.archive && rest.halves == nil)
    }
}
