import CrawlCore
import Testing

/// A socket's share of its worker.
struct TurnAccountTests {
    private static let turn = TurnAccount.bytes
    private static let time = TurnAccount.nanoseconds

    static let charges: [(name: String, bytes: Int64, nanoseconds: UInt64, passedOver: UInt64)] = [
        ("nothing", 0, 0, 0),
        ("a small answer", 8192, 30_000, 0),
        ("a whole turn of bytes", turn, 100_000, 0),
        ("a whole turn of time", 0, time, 0),
        ("two turns of bytes", 2 * turn, 100_000, 1),
        ("two of time", 1, 2 * time, 1),
        ("the dearer counts", 3 * turn, 5 * time, 4),
        ("25 turns: 100 buffers", 100 << 14, 4_000_000, 24),
        ("a thread that was held up for an hour", 0, 3_600_000_000_000, 31),
        ("more than can be counted", .max, .max, 31),
    ]

    @Test("what a call was over a turn is taken off the next ones", arguments: charges.indices)
    func charge(index: Int) {
        let (name, bytes, nanoseconds, passedOver) = Self.charges[index]
        var account = TurnAccount()
        #expect(account.mayGo(in: 7))
        let isOver = account.charge(bytes: bytes, nanoseconds: nanoseconds, in: 7)
        #expect(isOver == (passedOver > 0), "\(name)")
        #expect(account.from == 8 + passedOver, "\(name)")
        #expect(!account.mayGo(in: 7) && account.mayGo(in: 8 + passedOver))
    }

    @Test("over many rounds it has one turn each, whatever its calls take", arguments: [1, 3, 10, 37, 99])
    func share(sixteenths: Int64) {
        var account = TurnAccount()
        let call = Self.turn * sixteenths / 16
        var had: Int64 = 0
        for round in UInt64(1)...10_000 where account.mayGo(in: round) {
            _ = account.charge(bytes: call, nanoseconds: 0, in: round)
            had += call
        }
        let turns = Double(had) / Double(Self.turn)
        #expect(turns <= 10_010)
        if sixteenths >= 16 { #expect(turns > 9_950) }
    }

    @Test("ten turns overdrawn in a row are told, and the count begins anew")
    func tenInARow() {
        var account = TurnAccount()
        var told: [Int] = []
        for call in 1...30 {
            let isOver = account.charge(bytes: 2 * Self.turn, nanoseconds: 0, in: UInt64(call))
            #expect(isOver)
            if account.overdraws(handed: 2 * Self.turn, taken: nil) { told.append(call) }
        }
        #expect(told == [10, 20, 30])
    }

    @Test("a turn that was kept ends the row")
    func keptTurn() {
        var account = TurnAccount()
        for call in 1...100 {
            guard account.charge(bytes: call % 10 == 0 ? 100 : 2 * Self.turn, nanoseconds: 0, in: 1) else { continue }
            let isTold = account.overdraws(handed: 2 * Self.turn, taken: nil)
            #expect(!isTold)
        }
    }

    @Test("a long call is the socket's own doing only if it took bytes meanwhile", arguments: [true, false])
    func ownDoing(takes: Bool) {
        var account = TurnAccount()
        var told = 0
        for call in Int64(1)...11 {
            let isOver = account.charge(bytes: 10, nanoseconds: 5 * Self.time, in: 1)
            #expect(isOver)
            if account.overdraws(handed: 10, taken: takes ? call * 2 * Self.turn : call * 100) { told += 1 }
        }
        #expect(told == (takes ? 1 : 0))
    }
}
