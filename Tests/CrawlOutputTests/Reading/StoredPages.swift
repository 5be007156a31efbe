import CrawlCore
import CrawlOutput
import CrawlTesting

/// An archive with one record to read.
struct StoredPages {
    let trial: Trial
    let places: [ArchivePlace]
    let archive: Archive

    init(_ exchanges: [(Exchange, RecordForm)], coding: RecordCoding = .gzip(level: 6)) throws {
        trial = try Trial(coding: coding)
        archive = try trial.open()
        let maker = try trial.maker(archive)
        let groups = try exchanges.map { try maker.make($0.0, as: $0.1) }
        places = try archive.append(groups, at: Trial.now)
        try archive.sync()
    }

    init(_ exchange: Exchange, coding: RecordCoding = .gzip(level: 6)) throws {
        try self.init([(exchange, .response)], coding: coding)
    }

    func reader(_ index: Int = 0) throws -> RecordReader {
        try RecordReader(folder: trial.folder.path, place: places[index])
    }

    static func page(
        _ body: [UInt8], _ headers: String = "", status: Int32 = 200
    ) -> Exchange {
        Trial.exchange("/page", head: "HTTP/1.1 \(status) OK\r\n\(headers)\r\n", body: body, status: status)
    }
}

extension RecordReader {
    /// The body to its end, in pieces of so many bytes.
    func all(_ piece: Int = 5000) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var room = [UInt8](repeating: 0, count: piece)
        while true {
            let count = try room.withUnsafeMutableBytes { try read(into: $0) }
            if count == 0 { return bytes }
            bytes += room[..<count]
        }
    }
}

extension PageBody {
    func all(_ piece: Int = 5000) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var room = [UInt8](repeating: 0, count: piece)
        while true {
            let count = try room.withUnsafeMutableBytes { try read(into: $0) }
            if count == 0 { return bytes }
            bytes += room[..<count]
        }
    }
}
