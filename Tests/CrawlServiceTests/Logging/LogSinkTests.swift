import Dispatch
import Foundation
import Logging
import Synchronization
import Testing

@testable import CrawlService

@Suite struct LogSinkTests {
    /// What a sink wrote.
    final class Written: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ records: [LogRecord]) { lines.withLock { $0 += records.map(LogLine.body) } }
    }

    @Test func writesInOrderWithMergedMetadata() {
        let written = Written()
        let sink = LogSink(level: .info, now: { 0 }, write: { written.add($0) })
        var logger = Logger(label: "t") { _ in SinkLogHandler(sink: sink) }
        logger[metadataKey: "origin"] = "a"
        logger.info("one")
        logger.debug("unseen")
        logger.warning("two", metadata: ["origin": "b", "n": "1"])
        sink.flush()
        #expect(written.all == ["one origin=a", "two origin=b n=1"])
    }

    @Test func aReloadReachesLoggersThatExist() {
        let written = Written()
        let sink = LogSink(level: .info, now: { 0 }, write: { written.add($0) })
        let logger = Logger(label: "t") { _ in SinkLogHandler(sink: sink) }
        sink.setLevel(.debug)
        logger.debug("now seen")
        sink.flush()
        #expect(written.all == ["now seen"])
    }

    @Test func dropsTheOldestAndSaysHowMany() {
        let written = Written()
        let started = DispatchSemaphore(value: 0)
        let goOn = DispatchSemaphore(value: 0)
        let sink = LogSink(level: .info, capacity: 3, now: { 0 }) { records in
            if written.all.isEmpty {
                started.signal()
                goOn.wait()
            }
            written.add(records)
        }
        let logger = Logger(label: "t") { _ in SinkLogHandler(sink: sink) }
        logger.info("0")
        started.wait()
        for n in 1...5 { logger.info("\(n)") }
        goOn.signal()
        sink.flush()
        #expect(written.all == ["0", "log records dropped count=2", "3", "4", "5"])
    }

    @Test func flushGivesUpOnAReaderThatHangs() {
        let never = DispatchSemaphore(value: 0)
        let sink = LogSink(level: .info, now: { 0 }) { _ in never.wait() }
        Logger(label: "t") { _ in SinkLogHandler(sink: sink) }.info("stuck")
        sink.flush(timeout: .milliseconds(1))
        never.signal()
    }

    @Test func autoTakesTheJournalOnlyForItsOwnStream() throws {
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        let stream = try #require(LogFormat.stream(descriptor))
        #expect(LogFormat(.auto, journalStream: stream, descriptor: descriptor) == .journal)
        #expect(LogFormat(.auto, journalStream: "1:2", descriptor: descriptor) == .json)
        #expect(LogFormat(.auto, journalStream: nil, descriptor: descriptor) == .json)
        #expect(LogFormat(.text, journalStream: stream, descriptor: descriptor) == .text)
    }
}
