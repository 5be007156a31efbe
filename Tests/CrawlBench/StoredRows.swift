import GRDBSQLite

/// What an enqueue of new URLs has stored in a frontier, as plain memory: nothing of it is a Swift object of its own.
struct StoredRows {
    struct URL {
        var id: Int64
        var generation: Int64
        var priority: Int64
        var due: Int64
        /// Index of its origin.
        var origin: Int32
        var path: Text
    }

    struct Origin {
        var id: Int64
        var hasWork: Int64
        var urls: Int64
        var key: Text
    }

    /// A part of `texts`.
    struct Text {
        var offset: Int
        var length: Int32
    }

    /// A row that counts: how many URLs are in a state, or become due in a minute.
    struct Count {
        var key: Int64
        var urls: Int64
    }

    /// By their numbers.
    private(set) var urls: [URL] = []
    /// By their numbers too.
    private(set) var origins: [Origin] = []
    private(set) var texts: [UInt8] = []
    private(set) var states: [Count] = []
    private(set) var minutes: [Count] = []

    /// Of a frontier that nobody has open, into which `count` URLs were enqueued and nothing else.
    init(of database: String, count: Int) throws {
        let file = try SQLiteFile(database)
        urls.reserveCapacity(count)
        texts.reserveCapacity(count * 64)
        try file.read("SELECT id, has_work, urls, key FROM origin ORDER BY id") { row in
            origins.append(
                Origin(
                    id: sqlite3_column_int64(row, 0), hasWork: sqlite3_column_int64(row, 1),
                    urls: sqlite3_column_int64(row, 2), key: keep(row, 3)))
        }
        var origin = 0
        try file.read("SELECT id, generation, priority, due_at, path FROM url WHERE state = 1 ORDER BY id") { row in
            let id = sqlite3_column_int64(row, 0)
            while origin < origins.count, origins[origin].id < id >> 40 { origin += 1 }
            guard origin < origins.count, origins[origin].id == id >> 40 else {
                throw BenchFailure("URL \(id) has no origin")
            }
            urls.append(
                URL(
                    id: id, generation: sqlite3_column_int64(row, 1), priority: sqlite3_column_int64(row, 2),
                    due: sqlite3_column_int64(row, 3), origin: Int32(origin), path: keep(row, 4)))
        }
        states = try Self.counts(file, "SELECT state, urls FROM tally ORDER BY state")
        minutes = try Self.counts(file, "SELECT minute, urls FROM due ORDER BY minute")
        guard urls.count == count else { throw BenchFailure("the frontier has \(urls.count) of \(count) URLs") }
    }

    private mutating func keep(_ row: OpaquePointer, _ column: Int32) -> Text {
        let start = sqlite3_column_blob(row, column)
        let length = sqlite3_column_bytes(row, column)
        let text = Text(offset: texts.count, length: length)
        texts.append(contentsOf: UnsafeRawBufferPointer(start: start, count: Int(length)))
        return text
    }

    private static func counts(_ file: SQLiteFile, _ sql: String) throws -> [Count] {
        var counts: [Count] = []
        try file.read(sql) {
            counts.append(Count(key: sqlite3_column_int64($0, 0), urls: sqlite3_column_int64($0, 1)))
        }
        return counts
    }

    /// The places of all URLs, in the order of their numbers.
    var sorted: [Int32] { urls.indices.map { Int32($0) } }

    /// The places of all URLs as a list had them, so many at a time in the order of their numbers. `indices` are the list's.
    func sorted(_ indices: [Int], each rows: Int) throws -> [Int32] {
        var places = [Int32](repeating: -1, count: urls.count)
        for (place, url) in urls.enumerated() {
            let index = texts.withUnsafeBufferPointer { texts in
                let start = url.path.offset
                return URLList.index(of: .init(rebasing: texts[start..<(start + Int(url.path.length))]))
            }
            guard let index, places.indices.contains(index), places[index] < 0 else {
                throw BenchFailure("URL \(url.id) is not of the list")
            }
            places[index] = Int32(place)
        }
        return stride(from: 0, to: indices.count, by: rows).flatMap { start in
            indices[start..<min(start + rows, indices.count)].map { places[$0] }.sorted()
        }
    }
}
