import CrawlCore
import CrawlOutput
import CrawlTesting
import Foundation
import Testing

@Suite struct RecordReaderTests {
    static let codings: [RecordCoding] = [.plain, .gzip(level: 1)]

    @Test("a response is read back: what its head says, its HTTP head, its body", arguments: codings, [0, 1, 70_000])
    func response(_ coding: RecordCoding, _ count: Int) throws {
        let body = Trial.noise(count)
        let pages = try StoredPages(StoredPages.page(body, "Content-Type: text/html\r\n"), coding: coding)
        let reader = try pages.reader()
        #expect(reader.facts.kind == .response)
        #expect(reader.facts.targetURI == Array("http://a.example/page".utf8))
        #expect(reader.facts.date == Trial.now)
        #expect(reader.facts.originalURI == nil && reader.facts.truncated == nil)
        #expect(reader.facts.payloadDigest?.starts(with: "sha1:".utf8) ?? false)
        #expect(
            String(decoding: reader.httpHead, as: UTF8.self) == "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        #expect(reader.bodyLength == Int64(count))
        #expect(try reader.all() == body)
        #expect(try reader.all().isEmpty, "and that is its end")
        reader.rewind()
        #expect(try reader.all(1) == body)
    }

    @Test("a body that went through a file is read back", arguments: codings)
    func large(_ coding: RecordCoding) throws {
        let trial = try Trial(coding: coding)
        let archive = try trial.open()
        let body = Trial.noise(3_000_000)
        let file = archive.spool.makeFile(.body)
        try body.withUnsafeBytes { try file.append($0) }
        var exchange = StoredPages.page([])
        exchange.body = .file(file)
        let place = try archive.append([trial.maker(archive).make(exchange, as: .response)], at: Trial.now)[0]
        try archive.sync()
        let reader = try RecordReader(folder: trial.folder.path, place: place)
        #expect(try reader.all(100_000) == body)
    }

    @Test("a revisit says whose page it is", arguments: codings)
    func revisit(_ coding: RecordCoding) throws {
        let trial = try Trial(coding: coding)
        let archive = try trial.open()
        let maker = try trial.maker(archive)
        let page = StoredPages.page(Trial.noise(600))
        let first = try maker.make(page, as: .response)
        var again = page
        again.targetURI = Array("http://b.example/".utf8)
        let second = try maker.make(again, as: .identicalPayload(try #require(first.main.original)))
        let places = try archive.append([first, second], at: Trial.now)
        try archive.sync()
        let original = try RecordReader(folder: trial.folder.path, place: places[0])
        let revisit = try RecordReader(folder: trial.folder.path, place: places[1])
        #expect(revisit.facts.kind == .revisit)
        #expect(revisit.facts.targetURI == Array("http://b.example/".utf8))
        #expect(revisit.facts.originalURI == Array("http://a.example/page".utf8))
        #expect(revisit.facts.payloadDigest == original.facts.payloadDigest)
        #expect(try revisit.all().isEmpty)
    }

    @Test func truncationIsTold() throws {
        var page = StoredPages.page(Trial.noise(50))
        page.end = .time
        #expect(try StoredPages(page).reader().facts.truncated == "time")
    }

    @Test("every odd answer is read back as it is written", arguments: codings)
    func odd(_ coding: RecordCoding) throws {
        let trial = try Trial(coding: coding)
        let archive = try trial.open()
        let exchanges = try OddExchanges.all(archive.spool)
        let maker = try trial.maker(archive)
        for exchange in exchanges {
            let place = try archive.append([maker.make(exchange, as: .response)], at: Trial.now)[0]
            try archive.sync()
            let reader = try RecordReader(folder: trial.folder.path, place: place)
            #expect(reader.facts.targetURI == exchange.targetURI)
            #expect(reader.httpHead.starts(with: "HTTP/1.1 ".utf8))
            #expect(AnswerHead(reader.httpHead).status == Int(exchange.status))
            #expect(try Int64(reader.all(65_536).count) == exchange.body.count)
        }
    }

    @Test("a file is found while it is written and after that; one that is open for reading may be renamed")
    func names() throws {
        let body = Trial.noise(300_000)
        let pages = try StoredPages(StoredPages.page(body))
        let reader = try pages.reader()
        try pages.archive.close()
        #expect(try reader.all() == body)
        #expect(try pages.reader().all() == body)
    }

    @Test func aFileThatIsGoneIsNamed() throws {
        let pages = try StoredPages(StoredPages.page([1]))
        let place = pages.places[0]
        try FileManager.default.removeItem(atPath: pages.trial.folder.file(place.file + ".open"))
        #expect(throws: ReadFailure.gone(path: pages.trial.folder.file(place.file))) { try pages.reader() }
        #expect(throws: ReadFailure.gone(path: "/nowhere/\(place.file)")) {
            try RecordReader(folder: "/nowhere", place: place)
        }
    }

    @Test(
        "a name that no archive gives leads nowhere",
        arguments: [
            "", "../x-20260228235959123-00001-h.warc", "/etc/passwd", "x.warc.gz", ".",
            "x\0-20260228235959123-00001-h.warc",
            "x-20260228235959123-00001-h.warc.gz.open",
        ])
    func hostileNames(_ name: String) throws {
        let trial = try Trial()
        #expect {
            try RecordReader(folder: trial.folder.path, place: ArchivePlace(file: name, offset: 0, length: 9))
        } throws: { error in
            if case .noPlace = error as? ReadFailure { true } else { false }
        }
    }

    @Test(
        "a folder, a link or a pipe of that name is no file",
        arguments: ["folder", "link", "pipe"])
    func noFile(_ kind: String) throws {
        let trial = try Trial()
        let name = "x-20260228235959123-00001-h.warc"
        let path = trial.folder.file(name)
        switch kind {
        case "folder": try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        case "link": try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/hostname")
        default: #expect(mkfifo(path, 0o600) == 0)
        }
        #expect(throws: ReadFailure.self) {
            try RecordReader(folder: trial.folder.path, place: ArchivePlace(file: name, offset: 0, length: 9))
        }
    }

    /// From an old database, or a file that somebody else has written.
    @Test("a place beside a record is an error", arguments: codings)
    func places(_ coding: RecordCoding) throws {
        let pages = try StoredPages(StoredPages.page(Trial.noise(2000)), coding: coding)
        let good = pages.places[0]
        let wrong: [(Int64, Int64)] = [
            (0, good.length), (good.offset + 1, good.length), (good.offset - 1, good.length),
            (good.offset, good.length - 1), (good.offset, good.length + 1), (good.offset, 1), (good.offset, 0),
            (good.offset, -1), (-1, good.length), (.min, .max), (.max, .max), (.max, 1), (1 << 40, 10),
            // The request before it: no page.
            (0, good.offset),
        ]
        for (offset, length) in wrong {
            #expect(throws: ReadFailure.self, "\(offset), \(length)") {
                try RecordReader(
                    folder: pages.trial.folder.path,
                    place: ArchivePlace(file: good.file, offset: offset, length: length)
                ).all()
            }
        }
    }

    @Test("whatever the bytes are, it is an error or what was written", arguments: codings)
    func mutated(_ coding: RecordCoding) throws {
        let page = StoredPages.page(Array(String(repeating: "some text ", count: 40).utf8), "A: b\r\n")
        let pages = try StoredPages(page, coding: coding)
        let whole = try pages.reader().all()
        let place = pages.places[0]
        try pages.archive.close()
        let good = try pages.trial.bytes(place.file)
        var random = SeededRandom(seed: 4)
        var refused = 0
        let rounds = 3000
        for _ in 0..<rounds {
            var bytes = good
            let first = Int(place.offset)
            switch random.int(0...3) {
            case 0: bytes[random.int(first...(bytes.count - 1))] ^= UInt8(1 << random.int(0...7))
            case 1: bytes.removeSubrange(random.int(first...(bytes.count - 1))...)
            case 2: bytes.insert(UInt8(random.int(0...255)), at: random.int(first...(bytes.count - 1)))
            default:
                for _ in 0..<random.int(1...30) {
                    bytes[random.int(first...(bytes.count - 1))] = UInt8(random.int(0...255))
                }
            }
            try pages.trial.write(bytes, to: place.file)
            do {
                let reader = try pages.reader()
                let body = try reader.all()
                // Of a plain record's head not every byte is proven by a digest; of a member's frame the same.
                #expect(body == whole)
            } catch is ReadFailure {
                refused += 1
            }
        }
        #expect(refused > rounds / 2)
    }

    /// What a stranger may have put behind a right checksum.
    @Test(
        "a member with another text in it is an error",
        arguments: [
            "", "WARC/1.1\r\n", "WARC/1.1\r\n\r\n",
            "WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 5\r\n\r\nabcde\r\n\r\n",
            "WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: x\r\nContent-Length: 999999999999999999\r\n\r\nHTTP/1.1 200\r\n\r\n",
            "WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: x\r\nContent-Length: 9999999999999999999\r\n\r\n",
            "WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Target-URI: x\r\nContent-Length: 4\r\n\r\n\r\n\r\n\r\n\r\n",
            "WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 4\r\n\r\n\r\n\r\n\r\n\r\n",
            "WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: x\r\nContent-Length: 4\r\n\r\n\r\n\r\n\r\n\r\nmore",
        ])
    func otherTexts(_ text: String) throws {
        let trial = try Trial()
        let name = "x-20260228235959123-00001-h.warc.gz"
        let bytes = Deflate.compress(Array(text.utf8), .gzip)
        try trial.write(bytes, to: name)
        #expect(throws: ReadFailure.self) {
            try RecordReader(
                folder: trial.folder.path, place: ArchivePlace(file: name, offset: 0, length: Int64(bytes.count))
            ).all()
        }
    }

    @Test("a head without an end is not gathered for ever")
    func endlessHead() throws {
        let trial = try Trial()
        let name = "x-20260228235959123-00001-h.warc.gz"
        let block = "HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 200_000)
        let head =
            "WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: x\r\nContent-Length: \(block.utf8.count)\r\n\r\n"
        let bytes = Deflate.compress(Array((head + block + "\r\n\r\n").utf8), .gzip)
        try trial.write(bytes, to: name)
        #expect(throws: ReadFailure.tooLarge(path: trial.folder.file(name), offset: 0)) {
            try RecordReader(
                folder: trial.folder.path, place: ArchivePlace(file: name, offset: 0, length: Int64(bytes.count)))
        }
    }

    @Test(
        "dates are read back, and what is none is none",
        arguments: [
            ("2026-02-28T23:59:59.123Z", 1_772_323_199_123), ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:00.5Z", 951_825_600_500), ("0000-01-01T00:00:00.000Z", -62_167_219_200_000),
            ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999), ("2026-13-01T00:00:00Z", nil),
            ("2026-02-28 23:59:59Z", nil), ("2026-02-28T23:59:59", nil), ("2026-02-28T23:59:59.Z", nil), ("Z", nil),
            ("", nil), ("２026-02-28T23:59:59Z", nil),
        ] as [(String, Int64?)])
    func dates(_ text: String, _ ms: Int64?) throws {
        let trial = try Trial()
        let name = "x-20260228235959123-00001-h.warc.gz"
        let head =
            "WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: x\r\nWARC-Date: \(text)\r\nContent-Length: 4\r\n\r\n"
        let bytes = Deflate.compress(Array((head + "\r\n\r\n\r\n\r\n").utf8), .gzip)
        try trial.write(bytes, to: name)
        let reader = try RecordReader(
            folder: trial.folder.path, place: ArchivePlace(file: name, offset: 0, length: Int64(bytes.count)))
        #expect(reader.facts.date?.ms == ms)
    }
}
