import CrawlCore
import CrawlTesting
import Glibc
import Synchronization
import Testing

@testable import CrawlService

/// What is tried again for want of room, and what is not.
struct RoomWatchTests {
    private static let full = ServiceFailure(.cannotCreate, "/x", errno: ENOSPC)

    /// Tries fail `failures` times. Returns what was told, and when each try was.
    private static func watch(
        failures: Int, with failure: ServiceFailure = full, stopAfter: Duration? = nil
    ) -> (told: [Result<Int?, ServiceFailure>], tries: [Duration]) {
        let time = VirtualTime()
        let begun = time.now()
        let told = Mutex<[Result<Int?, ServiceFailure>]>([])
        let tries = Mutex<[Duration]>([])
        let watch = RoomWatch<Int>(clock: time) { () throws(ServiceFailure) in
            let count = tries.withLock { tries in
                tries.append(time.now() - begun)
                return tries.count
            }
            guard count > failures else { throw failure }
            return 7
        } done: { result in
            told.withLock { $0.append(result) }
        }
        watch.start()
        if let stopAfter {
            time.run(for: stopAfter)
            watch.stop()
        }
        time.run(for: .minutes(1))
        return (told.withLock { $0 }, tries.withLock { $0 })
    }

    @Test func everyFiveSecondsUntilThereIsRoom() {
        let (told, tries) = Self.watch(failures: 2)
        #expect(tries == [.seconds(5), .seconds(10), .seconds(15)])
        #expect(told == [.success(7)])
    }

    @Test func whatFailsForAnotherReasonIsNotTriedAgain() {
        let damaged = ServiceFailure(.databaseUnusable, "it is damaged")
        let (told, tries) = Self.watch(failures: 9, with: damaged)
        #expect(tries == [.seconds(5)])
        #expect(told == [.failure(damaged)])
    }

    @Test func aStopEndsIt() {
        let (told, tries) = Self.watch(failures: 9, stopAfter: .seconds(12))
        #expect(tries == [.seconds(5), .seconds(10)])
        #expect(told == [.success(nil)])
    }

    @Test("a full disk and a quota that is used up are both a want of room", arguments: [ENOSPC, EDQUOT])
    func wants(_ code: Int32) {
        #expect(ServiceFailure(.io, "/x", errno: code).isForWantOfRoom)
        #expect(!ServiceFailure(.io, "/x", errno: EACCES).isForWantOfRoom)
    }
}
