import CrawlCore
import CrawlFrontier
import CrawlTesting
import Synchronization
import Testing

@testable import CrawlService

/// The loop and its writer on a disk that becomes full, in virtual time.
struct FullDiskCrawlTests {
    private final class Crawl {
        let time = VirtualTime()
        let folder: TemporaryFolder
        let frontier: FailingFrontier
        let fetcher: SimulatedFetcher
        let writer: FrontierWriter
        let loop: CrawlLoop
        let hasRoom: @Sendable (Bool) -> Void

        init(latency: Duration = .milliseconds(10)) throws {
            folder = try TemporaryFolder()
            frontier = FailingFrontier(try FrontierStore(path: folder.file("frontier.sqlite")))
            fetcher = SimulatedFetcher(time: time) { _ in .init(status: 200, latency: latency) }
            writer = FrontierWriter(frontier: frontier, clock: time)
            var settings = CrawlLoop.Settings()
            settings.rules.robots.obeys = false
            settings.policy.robots = settings.rules.robots
            let room = Atomics()
            hasRoom = { room.hasRoom.store($0, ordering: .relaxed) }
            loop = CrawlLoop(
                writer: writer, fetcher: fetcher, clock: time, settings: settings,
                fault: { StorageFault($0) },
                hasRoom: { room.hasRoom.load(ordering: .relaxed) })
            loop.start { _ in }
            time.run(for: .zero)
        }

        private final class Atomics: Sendable {
            let hasRoom = Atomic(true)
        }

        /// What became of it.
        @discardableResult
        func enqueue(_ paths: Range<Int>) -> (any Error)? {
            var batch = EnqueueBatch()
            for path in paths {
                let url = Array("http://a.test/\(path)".utf8)
                url.withUnsafeBufferPointer { batch.append($0, originLength: 13, options: nil) }
            }
            let failure = Mutex<(any Error)?>(nil)
            writer.enqueue(batch) { [loop] in
                loop.noteWork($0.touched)
            } done: { _, error in
                failure.withLock { $0 = error }
            }
            time.run(for: .zero)
            return failure.withLock { $0 }
        }

        func snapshot() -> CrawlLoop.Snapshot {
            let answer = Mutex(CrawlLoop.Snapshot())
            loop.snapshot { snapshot in answer.withLock { $0 = snapshot } }
            time.run(for: .zero)
            return answer.withLock { $0 }
        }

        /// As the control socket does it; whether it was stored, nil = it was refused.
        func pause(_ paused: Bool) -> Bool? {
            let answer = Mutex<Bool?>(nil)
            writer.setPaused(paused, mayWait: { ($0 as? FrontierError)?.isFull ?? false }) { [loop] result in
                if case .success(let stored) = result {
                    answer.withLock { $0 = stored }
                    loop.setPaused(paused)
                }
            }
            time.run(for: .zero)
            return answer.withLock { $0 }
        }

        func isPauseStored() throws -> Bool { try frontier.opening(now: time.now()).isPaused }
    }

    @Test("an enqueue without room stops the fetching, and with room it goes on where it was")
    func enqueueWithoutRoom() throws {
        let crawl = try Crawl()
        crawl.enqueue(0..<100)
        crawl.time.run(for: .seconds(5))
        let before = crawl.fetcher.log.count
        #expect(before > 3)
        crawl.frontier.isFull = true
        #expect((crawl.enqueue(100..<110) as? FrontierError)?.isFull == true)
        let since = crawl.time.now()
        #expect(crawl.snapshot().storageFullSince == since)
        let isFull = crawl.loop.isFull.load(ordering: .relaxed)
        #expect(isFull)
        crawl.time.run(for: .minutes(2))
        #expect(crawl.fetcher.log.count <= before + 1, "one was on its way")
        #expect(crawl.snapshot().storageFullSince == since)

        crawl.frontier.isFull = false
        crawl.time.run(for: .seconds(10))
        #expect(crawl.snapshot().storageFullSince == nil && crawl.snapshot().storageError == nil)
        #expect(crawl.fetcher.log.count > before + 5)
    }

    @Test("a small commit that just fits is not room yet")
    func tooLittleRoom() throws {
        let crawl = try Crawl()
        crawl.frontier.isFull = true
        crawl.enqueue(0..<10)
        crawl.frontier.isFull = false
        crawl.hasRoom(false)
        crawl.time.run(for: .minutes(1))
        #expect(crawl.snapshot().storageFullSince != nil)
        crawl.hasRoom(true)
        crawl.time.run(for: .seconds(3))
        #expect(crawl.snapshot().storageFullSince == nil)
    }

    @Test("a pause holds at once and is stored when there is room; of two the later counts")
    func pauses() throws {
        let crawl = try Crawl()
        crawl.frontier.isFull = true
        #expect(crawl.pause(true) == false, "heeded, and not stored")
        #expect(crawl.snapshot().isPaused)
        #expect(crawl.pause(false) == false)
        #expect(crawl.pause(true) == false)
        crawl.frontier.isFull = false
        crawl.time.run(for: .seconds(3))
        #expect(try crawl.isPauseStored())
        #expect(crawl.snapshot().isPaused)

        #expect(crawl.pause(false) == true)
        crawl.time.run(for: .minutes(1))
        #expect(try !crawl.isPauseStored(), "what waited is not stored again over it")
    }

    @Test("a stop on a full disk waits neither for what is in flight nor for the commit")
    func stops() throws {
        let crawl = try Crawl(latency: .minutes(1))
        crawl.enqueue(0..<10)
        #expect(crawl.snapshot().inFlight > 0)
        crawl.frontier.isFull = true
        crawl.enqueue(10..<20)
        let took = Self.stop(crawl)
        #expect(took <= .seconds(3), "\(took)")
    }

    @Test("so does one that finds the disk full")
    func stopFinds() throws {
        let crawl = try Crawl(latency: .milliseconds(300))
        crawl.enqueue(0..<10)
        #expect(crawl.snapshot().inFlight > 0)
        crawl.frontier.isFull = true
        let took = Self.stop(crawl)
        #expect(took <= .seconds(4), "\(took)")
    }

    private static func stop(_ crawl: Crawl) -> Duration {
        let began = crawl.time.now()
        let ended = Mutex<Instant?>(nil)
        let time = crawl.time
        crawl.loop.stop(deadline: began + .seconds(15)) { _ in ended.withLock { $0 = time.now() } }
        time.run(for: .minutes(1))
        return (ended.withLock { $0 } ?? .distantFuture) - began
    }
}
