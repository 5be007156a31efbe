import ControlAPI
import CrawlTesting
import Foundation
import GRDB

/// How soon crawld answers after it was killed, with a long log of what was committed: a reader keeps SQLite from folding
/// it into the database meanwhile.
struct StartPart {
    static let walBytes = 500 << 20
    /// URLs a request.
    static let slice = 200_000

    struct Sample {
        var walBytes: Int
        var databaseBytes: Int
        var took: Duration
    }

    func measure(in workspace: Workspace) throws -> Sample {
        let first = try Daemon(in: workspace, name: "start", inFlight: 1, perOrigin: 1)
        try first.setPaused(true)
        var configuration = Configuration()
        configuration.readonly = true
        let reader = try DatabaseQueue(path: first.databasePath, configuration: configuration)
        let list = URLList(count: .max, namedOrigins: 1000)
        // Read-only, so that its end does not fold the log in either.
        let written = try reader.inDatabase { database in
            try database.execute(sql: "BEGIN")
            _ = try Row.fetchAll(database, sql: "SELECT * FROM sqlite_schema LIMIT 1")
            var next = 0
            var bytes = 0
            while bytes < Self.walBytes {
                let new = try first.enqueue(list.body(of: Array(next..<next + Self.slice).shuffled())).new
                guard new == Self.slice else { throw BenchFailure("\(new) of \(Self.slice) URLs were new") }
                next += Self.slice
                bytes = Int(try first.status().walBytes)
            }
            try database.execute(sql: "COMMIT")
            return (urls: next, wal: bytes)
        }
        let database = Int(try first.status().databaseBytes)
        let (second, took) = try first.killed(in: workspace)
        let known = try second.status().urls.values.reduce(0, +)
        guard known == written.urls else { throw BenchFailure("\(known) of \(written.urls) URLs are left") }
        _ = try second.stop()
        return Sample(walBytes: written.wal, databaseBytes: database, took: took)
    }
}

extension StartPart.Sample: RoundSample {
    var line: String? {
        "ready after \(Figure.decimals(took.seconds * 1000, 0)) ms, with \(walBytes >> 20) MiB of log to read"
    }

    static func told(_ samples: [Self]) -> String {
        """
        Ready after kill -9 with \(samples[0].walBytes >> 20) MiB of log: \
        \(Figure(samples.map { $0.took.seconds * 1000 }).text(0)) ms; aim: 500.
        """
    }
}
