package import ControlAPI
package import CrawlFrontier

/// What the control server asks of the result feed. Methods throw as those of `CrawlControl`.
package protocol ResultControl: Sendable {
    /// Results after `after` (nil = where the feed begins) that `filter` wants, at most `limit` and about as many as fit
    /// into so many bytes of JSON. There may be none of them although there are more behind `next`.
    func results(after: Int64?, _ filter: ResultFilter, limit: Int, bytes: Int) async throws -> ResultRows

    /// Returns when there are results after `seq`, or the task is cancelled.
    func awaitResults(beyond seq: Int64) async

    func consumer(_ name: String) async throws -> ConsumerRecord

    /// A new one begins after `after`, nil = where the feed does; one that is there stays as it is.
    func addConsumer(_ name: String, after: Int64?) async throws -> ConsumerRecord

    /// False = there is none of that name.
    func removeConsumer(_ name: String) async throws -> Bool

    /// It is done with all up to `seq`; its place never goes back.
    func acknowledge(_ seq: Int64, by name: String) async throws -> ConsumerRecord
}

/// A piece of the feed.
package struct ResultRows: Sendable {
    package var rows: [ResultRecord]
    /// What the next piece is read after.
    package var next: Int64
    /// The last `seq` that was given.
    package var head: Int64

    package init(rows: [ResultRecord], next: Int64, head: Int64) {
        self.rows = rows
        self.next = next
        self.head = head
    }
}
