import Testing

@testable import CrawlCore

/// Who gets the writer, turn by turn, in milliseconds that only the turns themselves let pass.
struct WriterTurnsTests {
    private typealias Turns = WriterTurns<Int>
    private typealias Kind = Turns.Kind

    /// A writer whose kinds take turns of so many milliseconds each; those in `greedy` always have another one waiting.
    private struct Writer {
        var turns = Turns()
        var now: Int64 = 0
        var used: [Kind: Int64] = [:]
        let took: [Kind: Int64]
        let greedy: Set<Kind>

        init(_ took: [Kind: Int64], greedy: Set<Kind>) {
            self.took = took
            self.greedy = greedy
            for kind in Kind.allCases where greedy.contains(kind) { turns.add(0, kind) }
        }

        /// Serves the next; nil = nobody waits.
        mutating func serve() -> (kind: Kind, work: Int)? {
            guard let turn = turns.next() else { return nil }
            let ms = took[turn.kind] ?? 0
            now += ms
            turns.note(turn.kind, took: ms)
            used[turn.kind, default: 0] += ms
            if greedy.contains(turn.kind) { turns.add(0, turn.kind) }
            return turn
        }
    }

    @Test(
        "two that always wait get half of the time each, however long a turn of either takes",
        arguments: [(10, 50), (50, 10), (1, 1), (200, 40), (3, 90)] as [(Int64, Int64)])
    func halves(answers: Int64, slice: Int64) {
        var writer = Writer([.answers: answers, .slice: slice], greedy: [.answers, .slice])
        while writer.now < 10_000 { _ = writer.serve() }
        let share = Double(writer.used[.slice] ?? 0) / Double(writer.now)
        #expect((0.48...0.52).contains(share))
    }

    @Test("who needs less than half gets what it needs, the other all the rest")
    func rest() {
        var writer = Writer([.answers: 20, .slice: 50], greedy: [.slice])
        var (next, waited): (Int64, [Int64]) = (0, [])
        while writer.now < 20_000 {
            if writer.now >= next {
                writer.turns.add(0, .answers)
                waited.append(writer.now - next)
                next += 200
            }
            _ = writer.serve()
        }
        #expect(writer.used[.answers] == Int64(waited.count) * 20)
        #expect((waited.max() ?? .max) <= 70, "one turn of the other, and no second one before it")
        #expect((writer.used[.slice] ?? 0) > 17_500)
    }

    @Test("an act now and then waits for the turn that is under way, and hardly ever for another")
    func act() {
        var writer = Writer([.act: 1, .answers: 41, .slice: 53], greedy: [.answers, .slice])
        var others: [Int] = []
        for round in 0..<200 {
            for _ in 0..<(round % 3 + 1) { _ = writer.serve() }
            writer.turns.add(round, .act)
            var before = 0
            while let turn = writer.serve(), turn.kind != .act { before += 1 }
            others.append(before)
        }
        // One goes first if it has had exactly as little, and came before.
        #expect(others.allSatisfy { $0 <= 1 } && others.count { $0 == 1 } <= 5, "\(others)")
    }

    @Test("acts without end leave the others their thirds")
    func acts() {
        var writer = Writer([.act: 25, .answers: 40, .slice: 50], greedy: [.act, .answers, .slice])
        while writer.now < 30_000 { _ = writer.serve() }
        for kind in Kind.allCases {
            let share = Double(writer.used[kind] ?? 0) / Double(writer.now)
            #expect((0.31...0.36).contains(share), "\(kind): \(share)")
        }
    }

    @Test("who did not wait for an hour has not saved that up")
    func saved() {
        var writer = Writer([.answers: 20, .slice: 50], greedy: [.slice])
        while writer.now < 3_600_000 { _ = writer.serve() }
        for _ in 0..<500 { writer.turns.add(0, .answers) }
        writer.used = [:]
        let end = writer.now + 5000
        while writer.now < end { _ = writer.serve() }
        #expect((2400...2600).contains(writer.used[.slice] ?? 0))
    }

    @Test("in the order of their coming where nobody has used anything, and within a kind always")
    func order() {
        var turns = Turns()
        let kinds: [Kind] = [.slice, .answers, .act, .answers, .slice, .act]
        for (number, kind) in kinds.enumerated() { turns.add(number, kind) }
        var served: [Int] = []
        while let turn = turns.next() { served.append(turn.work) }
        #expect(served == Array(kinds.indices))

        for number in 0..<20 { turns.add(number, .slice) }
        for number in 0..<20 {
            #expect(turns.next()?.work == number)
            turns.note(.slice, took: 50)
        }
        #expect(turns.next() == nil)
    }

    @Test(
        "a clock that was set while somebody had the writer does not shut that kind out",
        arguments: [-5000, .max] as [Int64])
    func clockSet(ms: Int64) {
        var writer = Writer([.answers: 50, .slice: 50], greedy: [.answers, .slice])
        for _ in 0..<10 { _ = writer.serve() }
        writer.turns.note(.slice, took: ms)
        let before = writer.now
        while writer.now < before + 180_000 { _ = writer.serve() }
        #expect((writer.used[.slice] ?? 0) > 55_000)
    }
}
