/// The worker for origins that are asked apart, see `Quarantine`. Most crawls never need it.
struct WorkerApart {
    private(set) var made: FetchWorker?
    /// nil before the start, and when it was called.
    var make: (() throws -> FetchWorker)?

    /// Makes it when it is first asked for. nil = there was no room for it: it is not tried again, for an origin that is
    /// asked by the usual worker must not have another one a moment later.
    mutating func worker() -> FetchWorker? {
        if let make {
            self.make = nil
            made = try? make()
        }
        return made
    }
}
