/// The worker for origins that are asked apart, see `Quarantine`. Most crawls never need it.
struct WorkerApart {
    /// Nanoseconds from one try to the next.
    static let pause: UInt64 = 60_000_000_000

    private(set) var made: FetchWorker?
    /// nil before the start.
    var make: (() throws -> FetchWorker)?
    /// Told of the first failure.
    var onFailure: ((any Error) -> Void)?
    /// When it could not be made, in monotonic nanoseconds.
    private var failedAt: UInt64?
    /// Origins that were to come here while there was no room for it: the usual worker has their requests.
    private var waiting: Set<Int64> = []

    /// The worker that a request of `origin` is for, which is to be asked apart; nil = the usual one. An origin has one
    /// worker at a time: it comes here with a request that `isAlone` only. `now` in monotonic nanoseconds.
    mutating func worker(of origin: Int64, isAlone: Bool, at now: UInt64) -> Place {
        guard isAlone || !waiting.contains(origin) else { return Place(worker: nil, hasMoved: false) }
        guard let worker = worker(at: now) else {
            waiting.insert(origin)
            return Place(worker: nil, hasMoved: false)
        }
        return Place(worker: worker, hasMoved: waiting.remove(origin) != nil)
    }

    struct Place {
        var worker: FetchWorker?
        /// The usual one had the request before.
        var hasMoved: Bool
    }

    /// It is asked apart no more.
    mutating func forget(_ origin: Int64) { waiting.remove(origin) }

    /// Makes it when it is first needed. nil = there was no room for it, now or not long ago.
    private mutating func worker(at now: UInt64) -> FetchWorker? {
        guard made == nil, let make else { return made }
        if let failedAt, now < failedAt + Self.pause { return nil }
        do {
            made = try make()
            self.make = nil
        } catch {
            failedAt = now
            onFailure?(error)
            onFailure = nil
        }
        return made
    }
}
