/// What a client of the control socket may take. The defaults are the documented ones; tests pass smaller.
package struct ControlLimits: Sendable, Hashable {
    /// Open at once; one more is answered 503 and closed.
    package var connections = 256
    /// Of these, the last ones, for those who may write.
    package var keptForWriters = 16
    /// Connections that may follow something at a time.
    package var followers = 192
    /// Bytes of request line and header fields.
    package var head = 32 * 1024
    /// From the connection, or from the first byte of a further request, to the end of the head.
    package var headTimeout: Duration = .seconds(10)
    /// Without a byte while a body is awaited, and between two requests. Time in which the daemon itself is not ready
    /// to read does not count.
    package var readTimeout: Duration = .seconds(30)
    /// Without progress while an answer waits for its reader.
    package var writeTimeout: Duration = .seconds(10)
    /// How long a refused connection stays to let its client read why.
    package var linger: Duration = .seconds(1)
    /// How long requests may go on after the daemon was told to stop.
    package var stopGrace: Duration = .seconds(5)

    /// Bytes of a line of text or NDJSON, and of an object in an `application/json` array.
    package var line = 64 * 1024
    /// Bytes of an `application/json` body.
    package var jsonBody = 16 * 1024 * 1024
    /// Bytes of all such bodies that are under way together.
    package var jsonBodies = 64 * 1024 * 1024
    /// How long one of them waits for room among the others.
    package var jsonPatience: Duration = .seconds(10)
    /// Bytes that a gzip body may inflate to.
    package var gzipBody = 16 * 1024 * 1024 * 1024
    /// How many times its size it may inflate to, once that is more than `gzipAllowance` bytes. Lists of URLs come to 5 to
    /// 30, and gzip to 1,032 at most.
    package var gzipRatio = 200
    package var gzipAllowance = 1024 * 1024
    /// Bytes of a list that are made at a time: the next ones when those before were taken.
    package var answerPiece = 64 * 1024
    /// Bytes of all answers that wait for their clients.
    package var answers = 64 * 1024 * 1024
    /// How long one of them waits for room among the others. A client that takes nothing is cut off sooner.
    package var answerPatience: Duration = .seconds(15)
    /// Bytes that are read and thrown away after an early answer, before the connection is closed.
    package var discard = 16 * 1024 * 1024
    /// URLs of one transaction.
    package var batchEntries = 50_000
    /// Bytes of the URLs of one transaction, about.
    package var batchBytes = 4 * 1024 * 1024
    /// Uploads at a time whose batches may be up to `BatchGrowth.most` times as large, while the store is busy.
    package var growingUploads = 4

    package init() {}
}
