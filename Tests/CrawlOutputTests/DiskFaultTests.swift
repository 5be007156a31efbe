import CrawlCore
import CrawlOutput
import CrawlTesting
import Foundation
import Glibc
import Synchronization
import Testing

/// A disk that takes so many bytes more and then none, as a full one does: of the last write it takes a part.
///
/// Not the kernel's: a small tmpfs needs root, and RLIMIT_FSIZE is the whole process's, so that tests beside would meet it.
final class FullDisk: Sendable {
    let left: Mutex<Int>
    let syncFaults = Mutex(0)
    let cutFaults = Mutex(0)
    let code: Int32

    init(after bytes: Int, code: Int32 = ENOSPC) {
        left = Mutex(bytes)
        self.code = code
    }

    var calls: FileCalls {
        var calls = FileCalls.system
        calls.write = { file, bytes, offset in
            let count = self.left.withLock { left in
                let count = min(left, bytes.count)
                left -= count
                return count
            }
            guard count > 0 else {
                errno = self.code
                return -1
            }
            return FileCalls.system.write(file, UnsafeRawBufferPointer(rebasing: bytes[..<count]), offset)
        }
        calls.sync = { file in Self.fails(self.syncFaults) ? -1 : FileCalls.system.sync(file) }
        calls.cut = { file, length in Self.fails(self.cutFaults) ? -1 : FileCalls.system.cut(file, length) }
        return calls
    }

    private static func fails(_ faults: borrowing Mutex<Int>) -> Bool {
        let isDue = faults.withLock { faults in
            defer { faults = max(0, faults - 1) }
            return faults > 0
        }
        if isDue { errno = EIO }
        return isDue
    }
}

/// A disk that tells in which order it was asked.
final class ToldDisk: Sendable {
    private let told = Mutex<[String]>([])

    /// Since this was asked last; the same twice in a row is said once.
    var calls: [String] {
        told.withLock { told in
            defer { told = [] }
            return told.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
        }
    }

    private func tell(_ name: String) { told.withLock { $0.append(name) } }

    var fileCalls: FileCalls {
        var calls = FileCalls.system
        calls.write = {
            self.tell("write")
            return FileCalls.system.write($0, $1, $2)
        }
        calls.sync = {
            self.tell("sync")
            return FileCalls.system.sync($0)
        }
        calls.syncFolder = {
            self.tell("sync folder")
            return FileCalls.system.syncFolder($0)
        }
        return calls
    }
}

@Suite struct DiskFaultTests {
    private func groups(_ trial: Trial, _ archive: Archive) throws -> [RecordGroup] {
        let maker = try trial.maker(archive)
        let file = archive.spool.makeFile(.body)
        try Trial.noise(5000).withUnsafeBytes { try file.append($0) }
        var large = Trial.exchange("/large")
        large.body = .file(file)
        return try [Trial.exchange("/0"), large, Trial.exchange("/2")].map { try maker.make($0, as: .response) }
    }

    /// Whatever the byte at which the disk is full: the file ends where it was synced, and takes the batch once there is room.
    @Test(arguments: [RecordCoding.plain, .gzip(level: 6)], [false, true])
    func aFullDiskLeavesWholeRecords(_ coding: RecordCoding, isBegun: Bool) throws {
        let disk = FullDisk(after: .max)
        let trial = try Trial(coding: coding)
        let archive = try trial.open(calls: disk.calls)
        let groups = try groups(trial, archive)
        var before: [UInt8] = []
        if isBegun {
            _ = try archive.append(groups, at: Trial.now)
            try archive.sync()
            before = try trial.only()
        }
        let size = Int(groups.reduce(0) { $0 + $1.count })
        for room in stride(from: 0, to: size, by: 131) {
            disk.left.withLock { $0 = room }
            #expect {
                _ = try archive.append(groups, at: Trial.now)
                try archive.sync()
            } throws: { error in
                (error as? ArchiveFailure)?.isLackOfRoom == true
            }
            #expect(try trial.names().map(trial.bytes) == (isBegun ? [before] : []))
        }
        disk.left.withLock { $0 = .max }
        let places = try archive.append(groups, at: Trial.now)
        try archive.sync()
        try archive.close()
        let bytes = try trial.bytes(places[2].file)
        #expect(bytes.count == places[2].end)
        let records = try #require(PlainRecord.read(coding == .plain ? bytes : Gunzip.all(bytes)))
        #expect(records.count == (isBegun ? 13 : 7))
    }

    @Test func anErrorOfTheDiskIsToldAsSuch() throws {
        let trial = try Trial()
        let disk = FullDisk(after: 0, code: EIO)
        let archive = try trial.open(calls: disk.calls)
        let group = try trial.maker(archive).make(Trial.exchange(), as: .response)
        #expect {
            _ = try archive.append([group], at: Trial.now)
            try archive.sync()
        } throws: { error in
            guard case .call("write", let path, EIO) = error as? ArchiveFailure else { return false }
            return path.hasSuffix(".warc.open") && path.hasPrefix(trial.folder.path)
        }
    }

    /// The kernel forgets what it could not write: the file is done, and ends where it was synced before.
    @Test func nothingFollowsAFailedSync() throws {
        let disk = FullDisk(after: .max)
        let trial = try Trial()
        let archive = try trial.open(calls: disk.calls)
        let groups = try groups(trial, archive)
        let first = try archive.append(groups, at: Trial.now)[2]
        try archive.sync()
        let before = try trial.only()
        _ = try archive.append(groups, at: Trial.now)
        disk.syncFaults.withLock { $0 = 1 }
        #expect {
            try archive.sync()
        } throws: { error in
            guard case .call("fdatasync", _, EIO) = error as? ArchiveFailure else { return false }
            return true
        }
        #expect(try trial.bytes(first.file) == before)
        let second = try archive.append(groups, at: Trial.now)[2]
        #expect(second.file != first.file)
    }

    /// What cannot be cut is left for the next start, which knows how far it is good.
    @Test func nothingFollowsWhatCannotBeCut() throws {
        let disk = FullDisk(after: .max)
        let trial = try Trial()
        var first = ArchivePlace(file: "", offset: 0, length: 0)
        do {
            let archive = try trial.open(calls: disk.calls)
            let groups = try groups(trial, archive)
            first = try archive.append(groups, at: Trial.now)[2]
            try archive.sync()
            disk.left.withLock { $0 = 700 }
            disk.cutFaults.withLock { $0 = 1 }
            #expect(throws: ArchiveFailure.self) {
                _ = try archive.append(groups, at: Trial.now)
                try archive.sync()
            }
            disk.left.withLock { $0 = .max }
            #expect(try archive.append(groups, at: Trial.now)[2].file != first.file)
            #expect(try trial.bytes(first.file + ArchiveName.openSuffix).count == first.end + 700)
        }
        let archive = try trial.open(known: { $0 == first.file ? first : nil })
        #expect(archive.leftovers.count == 2)
        // The request of the batch that failed was whole.
        let bytes = try trial.bytes(first.file)
        #expect(bytes.count >= first.end)
        #expect(PlainRecord.read(bytes) != nil)
    }

    /// What a power loss may take: nothing that `sync` has returned for, neither bytes nor names.
    @Test func namesAreOnTheDiskBeforeTheirRecordsCount() throws {
        let disk = ToldDisk()
        var trial = try Trial()
        trial.settings.maxFile = 3000
        let archive = try trial.open(calls: disk.fileCalls)
        let maker = try trial.maker(archive)
        let group = try maker.make(Trial.exchange(), as: .response)
        #expect(disk.calls == ["sync folder"])
        for batch in [["write", "sync", "sync folder"], ["write", "sync"]] {
            _ = try archive.append([group], at: Trial.now)
            try archive.sync()
            #expect(disk.calls == batch)
        }
        // Into a second file: the first is on the disk before it has its final name.
        _ = try archive.append([group, group, group], at: Trial.now)
        try archive.sync()
        #expect(disk.calls == ["write", "sync", "write", "sync", "sync folder"])
        try archive.close()
        #expect(disk.calls == ["sync folder"])
        try archive.sync()
        #expect(disk.calls.isEmpty)
    }

    /// A file that was rotated away within a batch is whole, whatever comes of the rest.
    @Test func aFaultBehindARotation() throws {
        var trial = try Trial()
        trial.settings.maxFile = 1500
        let disk = FullDisk(after: 6300)
        let archive = try trial.open(calls: disk.calls)
        let maker = try trial.maker(archive)
        let groups = try (0..<20).map { try maker.make(Trial.exchange("/\($0)"), as: .response) }
        #expect(throws: ArchiveFailure.self) { try archive.append(groups, at: Trial.now) }
        let names = try trial.names()
        #expect(names.count > 2)
        for name in names {
            #expect(!name.hasSuffix(ArchiveName.openSuffix))
            #expect(try PlainRecord.read(trial.bytes(name)) != nil)
        }
    }
}
