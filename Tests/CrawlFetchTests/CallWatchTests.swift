import Testing

@testable import CurlKit

/// Which calls and sockets are taken for a worker that is kept from returning; milliseconds are those of a made-up clock.
struct CallWatchTests {
    private static func id(_ socket: Int32, life: UInt64 = 1) -> SocketBook.ID {
        SocketBook.ID(socket: socket, life: life)
    }
    private static let (hog, quiet, waiting) = (id(5), id(6), id(7))

    struct Course: CustomTestStringConvertible, Sendable {
        var name: String
        /// The number of the call that is under way at a moment, and whether it is in a callback of ours; nil = none.
        var call: @Sendable (Int) -> (number: UInt64, inCallback: Bool)?
        /// What was taken from the hog by then, and how much more may have been: least and most.
        var taken: @Sendable (Int) -> (Int64, Int64) = { (Int64($0) * 1000, Int64($0) * 1000) }
        /// Moments at which the thread that looks is held up itself, and for how long.
        var heldUp: [Int: Int] = [:]
        /// Until when it has to be shut; nil = never.
        var shutBy: Int?
        /// When it has to be given up; nil = never.
        var stuck: ClosedRange<Int>?
        var testDescription: String { name }
    }

    /// As the monitor does it, for eight seconds.
    private static func run(_ course: Course) -> (shut: [(at: Int, id: SocketBook.ID)], stuckAt: Int?) {
        var watch = CallWatch()
        var shut: [(at: Int, id: SocketBook.ID)] = []
        var stuckAt: Int?
        var now = 130
        while now < 8000 {
            let call = course.call(now).map {
                CallRecord.Call(number: $0.number, begunNs: 100_000_000, isInCallback: $0.inCallback)
            }
            let isLooking = watch.sample(call, at: UInt64(now) * 1_000_000)
            if watch.isStuck, stuckAt == nil { stuckAt = now }
            if isLooking {
                let (least, most) = course.taken(now)
                let all = [
                    hog: SocketBook.Taken(least: least, most: most), quiet: SocketBook.Taken(least: 0, most: 0),
                    waiting: SocketBook.Taken(least: 700, most: 900),
                ]
                let asked = watch.asked ?? Array(all.keys)
                for id in watch.look(all.filter { asked.contains($0.key) }) { shut.append((now, id)) }
            }
            now += course.heldUp[now] ?? 0
            now += isLooking ? 50 : 250
        }
        return (shut, stuckAt)
    }

    @Test(
        "courses of a call",
        arguments: [
            Course(
                name: "one that reads and does not return", call: { _ in (1, false) }, shutBy: 750, stuck: 5350...5850),
            Course(
                name: "one that reads and returns when it is shut", call: { $0 < 700 ? (1, false) : nil }, shutBy: 750),
            Course(name: "two seconds in a callback", call: { $0 < 2130 ? (1, true) : nil }),
            Course(name: "a callback of eight seconds", call: { _ in (1, true) }),
            Course(name: "many short calls, seen whenever they are", call: { (UInt64($0), false) }),
            Course(name: "no call", call: { _ in nil }),
            Course(
                name: "one that reads nothing is given up only", call: { _ in (1, false) },
                taken: { _ in (5000, 5000) },
                stuck: 5350...5850),
            Course(
                name: "what came in is not what was taken", call: { _ in (1, false) },
                taken: { (5000, 5000 + Int64($0)) }, stuck: 5350...5850),
            Course(
                name: "it reads at every other look only", call: { $0 < 3000 ? (1, false) : nil },
                taken: { (Int64($0 / 100) * 1000, Int64($0 / 100) * 1000) }),
            Course(
                name: "the process is stopped for five seconds", call: { ($0 < 400 ? 1 : UInt64($0), false) },
                heldUp: [130: 5000]),
            Course(
                name: "all is stopped in the middle of a call, which goes on for a moment",
                call: { $0 < 5400 ? (1, false) : nil }, heldUp: [130: 5000]),
            Course(
                name: "nine parts of ten in callbacks", call: { $0 < 2000 ? (1, $0 / 10 % 10 != 3) : nil }),
        ])
    func course(_ course: Course) {
        let (shut, stuckAt) = Self.run(course)
        #expect(shut.allSatisfy { $0.id == Self.hog })
        #expect((shut.first?.at ?? .max) <= course.shutBy ?? .max && shut.isEmpty == (course.shutBy == nil), "\(shut)")
        #expect(
            stuckAt.map { course.stuck?.contains($0) ?? false } ?? (course.stuck == nil),
            "\(String(describing: stuckAt))")
    }

    @Test("a socket that came in the place of one that was looked at is not shut in its place")
    func anotherLife() {
        var watch = CallWatch()
        let call = CallRecord.Call(number: 1, begunNs: 1, isInCallback: false)
        var shut: [SocketBook.ID] = []
        for look in 0..<4 {
            let isLooking = watch.sample(call, at: 300_000_000 + UInt64(look) * 50_000_000)
            #expect(isLooking)
            let taken = SocketBook.Taken(least: Int64(look) * 10, most: Int64(look) * 10)
            shut += watch.look([Self.id(5, life: look < 2 ? 1 : 2): taken])
        }
        #expect(shut.isEmpty)
    }
}
