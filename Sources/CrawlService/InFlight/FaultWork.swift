import CFault

/// Work on a stranger's bytes after their request has ended: should it end the process, the next one is told of it instead
/// of what was in flight meanwhile.
enum FaultWork {
    /// `body` works on the sitemap with this number, on the calling thread.
    static func reading<T>(_ document: Int64, _ body: () throws -> T) rethrows -> T {
        cfault_work(document)
        defer { cfault_work(0) }
        return try body()
    }
}
