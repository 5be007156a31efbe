import CrawlCore
import GRDB

/// Changes to what is kept of URLs in numbers: how many are in each state, how many each origin has, and how many wait at
/// those that are held; written with what caused them.
struct Tally {
    private var change = [Int64](repeating: 0, count: 8)
    /// Rows come in the order of their numbers, so an origin's stand together: nearly always one entry each.
    private var origins: [Origin] = []
    /// URLs that wait, one by one; only while a hold is being counted.
    private var moves: [(id: Int64, urls: Int64)] = []
    private let countsSingly: Bool

    struct Origin {
        var origin: Int64
        /// All of its URLs.
        var urls: Int64 = 0
        var waiting: Int64 = 0
    }

    init(_ db: Database) throws { countsSingly = try HoldTable(db: db).isCounting() }

    /// A row is new; `n` below zero: it is gone.
    mutating func add(_ state: URLState, of id: Int64, _ n: Int64 = 1) {
        origins[entry(of: id)].urls += n
        enter(state, id, n)
    }

    mutating func move(_ id: Int64, from: URLState, to: URLState) {
        guard from != to else { return }
        enter(from, id, -1)
        enter(to, id, 1)
    }

    /// The row has another number of the same origin from now on.
    mutating func renumber(_ state: URLState, from id: Int64, to new: Int64) {
        enter(state, id, -1)
        enter(state, new, 1)
    }

    private mutating func enter(_ state: URLState, _ id: Int64, _ n: Int64) {
        change[Int(state.rawValue)] += n
        guard state == .scheduled else { return }
        origins[entry(of: id)].waiting += n
        if countsSingly { moves.append((id, n)) }
    }

    private mutating func entry(of id: Int64) -> Int {
        let origin = URLKey.origin(of: id)
        if let last = origins.indices.last, origins[last].origin == origin { return last }
        origins.append(Origin(origin: origin))
        return origins.count - 1
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
        for origin in origins where origin.urls != 0 {
            let statement = try RawStatement(db, "UPDATE origin SET urls = max(urls + ?, 0) WHERE id = ?")
            statement.bind(origin.urls, at: 1)
            statement.bind(origin.origin, at: 2)
            try statement.run()
        }
        try HoldTable(db: db).add(origins, moves)
    }
}
