import CrawlCore
import GRDB

/// Changes to the number of URLs in each state, and of those that wait at each origin; written with what caused them.
struct Tally {
    private var change = [Int64](repeating: 0, count: 8)
    /// Rows come in the order of their numbers, so an origin's stand together: nearly always one entry each.
    private var waiting: [(origin: Int64, urls: Int64)] = []

    mutating func add(_ state: URLState, of id: Int64, _ n: Int64 = 1) {
        change[Int(state.rawValue)] += n
        if state == .scheduled { wait(URLKey.origin(of: id), n) }
    }

    mutating func move(_ id: Int64, from: URLState, to: URLState) {
        guard from != to else { return }
        add(from, of: id, -1)
        add(to, of: id)
    }

    private mutating func wait(_ origin: Int64, _ n: Int64) {
        if let last = waiting.indices.last, waiting[last].origin == origin {
            waiting[last].urls += n
        } else {
            waiting.append((origin, n))
        }
    }

    func write(_ db: Database) throws {
        for (state, n) in change.enumerated() where n != 0 {
            let statement = try RawStatement(
                db,
                "INSERT INTO tally VALUES (?1, ?2) ON CONFLICT (state) DO UPDATE SET urls = urls + excluded.urls")
            statement.bind(Int64(state), at: 1)
            statement.bind(n, at: 2)
            try statement.run()
        }
        try HoldTable(db: db).add(waiting)
    }
}
