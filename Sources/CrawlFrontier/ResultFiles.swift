import GRDB

/// The archive files that one commit's results name: a few, each by a number.
struct ResultFiles {
    private struct File {
        var name: String
        var number: Int64
        var last: Int64
    }

    private let db: Database
    /// The one named last stands last.
    private var files: [File] = []

    init(db: Database) { self.db = db }

    /// `seq`: the result that names it.
    mutating func number(of name: String, in seq: Int64) throws -> Int64 {
        if let index = files.lastIndex(where: { $0.name == name }) {
            files[index].last = seq
            return files[index].number
        }
        let row = try RawStatement(
            db,
            """
            INSERT INTO result_file (name, last_seq) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET last_seq = excluded.last_seq RETURNING id
            """)
        row.bind(name, at: 1)
        row.bind(seq, at: 2)
        defer { row.reset() }
        guard try row.step() else { throw FrontierError.io(path: "", reason: "an archive file got no number") }
        files.append(File(name: name, number: row.int(0), last: seq))
        return row.int(0)
    }

    func save() throws {
        let row = try RawStatement(db, "UPDATE result_file SET last_seq = ? WHERE id = ?")
        for file in files {
            row.bind(file.last, at: 1)
            row.bind(file.number, at: 2)
            try row.run()
        }
    }
}
