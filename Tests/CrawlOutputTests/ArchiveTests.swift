import CrawlCore
import CrawlOutput
import CrawlTesting
import Foundation
import Synchronization
import Testing

@Suite struct ArchiveTests {
    private func append(_ count: Int, to archive: Archive, _ trial: Trial, at now: Instant = Trial.now) throws
        -> [ArchivePlace]
    {
        let maker = try trial.maker(archive)
        return try archive.append((0..<count).map { try maker.make(Trial.exchange("/\($0)"), as: .response) }, at: now)
    }

    @Test func anIdleArchiveMakesNoFile() throws {
        let trial = try Trial()
        let archive = try trial.open()
        try archive.sync()
        try archive.close()
        #expect(try trial.names().isEmpty)
    }

    @Test func aFileIsOpenUntilItIsClosed() throws {
        let trial = try Trial(coding: .gzip(level: 6))
        let archive = try trial.open()
        let places = try append(2, to: archive, trial)
        try archive.sync()
        #expect(try trial.names() == ["crawld-20260228235959123-00001-host-1.warc.gz.open"])
        #expect(archive.currentFile == "crawld-20260228235959123-00001-host-1.warc.gz")
        #expect(places.map(\.file) == Array(repeating: archive.currentFile ?? "", count: 2))
        try archive.close()
        #expect(try trial.names() == ["crawld-20260228235959123-00001-host-1.warc.gz"])
        #expect(archive.currentFile == nil)
    }

    /// Each record is to be had by its place alone.
    @Test(arguments: [RecordCoding.plain, .gzip(level: 6)])
    func placesAreThoseOfRecords(_ coding: RecordCoding) throws {
        let trial = try Trial(coding: coding)
        let archive = try trial.open()
        let places = try append(3, to: archive, trial)
        try archive.close()
        let bytes = try trial.only()
        for (i, place) in places.enumerated() {
            let part = Array(bytes[Int(place.offset)..<Int(place.end)])
            let record = try #require(PlainRecord.read(coding == .plain ? part : Gunzip.all(part)))
            #expect(record.map { $0["WARC-Target-URI"] } == ["http://a.example/\(i)"])
            #expect(record[0]["WARC-Type"] == "response")
        }
        #expect(places.last?.end == Int64(bytes.count))
    }

    @Test func theFirstRecordTellsOfItsFile() throws {
        let trial = try Trial()
        let archive = try trial.open()
        _ = try append(1, to: archive, trial)
        try archive.close()
        let info = try #require(PlainRecord.read(trial.only())?.first)
        #expect(info["WARC-Type"] == "warcinfo")
        #expect(info["WARC-Filename"] == "crawld-20260228235959123-00001-host-1.warc")
        #expect(info.text.hasPrefix("software: crawld/0\r\nformat: WARC File Format 1.1\r\n"))
    }

    @Test func filesAreRotatedBySize() throws {
        var trial = try Trial()
        trial.settings.maxFile = 2000
        let archive = try trial.open()
        let places = try append(9, to: archive, trial)
        try archive.close()
        let names = try trial.names()
        #expect(names.count > 2)
        for name in names {
            let bytes = try trial.bytes(name)
            #expect(bytes.count <= 2000)
            let records = try #require(PlainRecord.read(bytes))
            #expect(records.first?["WARC-Type"] == "warcinfo")
            // An exchange is never in two files.
            #expect(records.count % 2 == 1)
        }
        #expect(Set(places.map(\.file)) == Set(names))
        #expect(places.map(\.file) == places.map(\.file).sorted())
    }

    @Test func anExchangeLargerThanAFileIsWritten() throws {
        var trial = try Trial()
        trial.settings.maxFile = 10
        let archive = try trial.open()
        _ = try append(3, to: archive, trial)
        try archive.close()
        #expect(try trial.names().count == 3)
    }

    /// The clock is set back by less than a file's age, and by more.
    @Test func filesAreRotatedByAgeAndSort() throws {
        let trial = try Trial()
        let archive = try trial.open()
        var order: [String] = []
        for seconds in [0, 3599, 3600, 3700, 3600 - 1, -9000] {
            let place = try append(1, to: archive, trial, at: Trial.now + .seconds(seconds))[0]
            if order.last != place.file { order.append(place.file) }
        }
        #expect(order.count == 3)
        #expect(order == order.sorted())
        try archive.closeIfOld(at: Trial.now - .seconds(9000))
        #expect(archive.currentFile != nil)
        try archive.closeIfOld(at: Trial.now)
        #expect(archive.currentFile == nil)
    }

    /// A process that starts within the same millisecond, or before the clock was set back.
    @Test func aNameIsNeverTakenTwice() throws {
        let trial = try Trial()
        var names: Set<String> = []
        for _ in 0..<3 {
            let archive = try trial.open()
            _ = try append(1, to: archive, trial)
            try archive.close()
            names.formUnion(try trial.names())
        }
        #expect(names.count == 3)
    }

    @Test func hostsAndPrefixesAreMadePlain() throws {
        var trial = try Trial()
        trial.settings.prefix = "../a b"
        trial.settings.host = "höst/1"
        let archive = try trial.open()
        _ = try append(1, to: archive, trial)
        #expect(archive.currentFile == "_.._a_b-20260228235959123-00001-h__st_1.warc")
    }

    @Test func aDiskWithTooLittleRoomTakesNothing() throws {
        var trial = try Trial()
        trial.settings.minFree = 1000
        let free = Mutex<Int64>(1_000_000)
        var calls = FileCalls.system
        calls.freeBytes = { _ in free.withLock { $0 } }
        let archive = try trial.open(calls: calls)
        let group = try trial.maker(archive).make(Trial.exchange(), as: .response)
        _ = try archive.append([group], at: Trial.now)
        try archive.sync()
        let before = try trial.only()
        let wanted = 1000 + group.count
        free.withLock { $0 = wanted - 1 }
        #expect(throws: ArchiveFailure.noRoom(folder: trial.folder.path, free: wanted - 1, wanted: wanted)) {
            try archive.append([group], at: Trial.now)
        }
        #expect(try trial.only() == before)
        free.withLock { $0 = wanted }
        #expect(try archive.append([group], at: Trial.now).count == 1)
    }
}
