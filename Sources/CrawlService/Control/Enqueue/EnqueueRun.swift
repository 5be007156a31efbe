import ControlAPI
import CrawlCore
import HummingbirdCore
import NIOCore

/// One body on its way into the store: a batch is read while the one before it is committed, and nothing is read from
/// the client while two wait.
struct EnqueueRun {
    private let control: any CrawlControl
    private var reader: EnqueueReader
    /// Memory for a body that is kept whole; nil = it is not.
    private let share: ByteShare?
    /// nil = the body is not compressed.
    private var gzip: GzipBody?
    /// Bytes of the body so far.
    private var received = 0
    private var answer = EnqueueAnswer()
    private var untaken = UntakenLines()
    /// What is being committed, with the line of each entry.
    private var sent: (batch: EnqueueBatch, lines: [Int32]) = (EnqueueBatch(), [])
    private var commit: Task<EnqueueReceipt, any Error>?
    /// Lines refused up to the end of the batch that is being committed.
    private var rejectedBefore = 0

    init(control: any CrawlControl, reader: EnqueueReader, share: ByteShare? = nil, gzip: GzipBody? = nil) {
        self.gzip = gzip
        self.control = control
        self.reader = reader
        self.share = share
    }

    mutating func run(_ body: RequestBody) async throws -> EnqueueAnswer {
        do {
            for try await chunk in body {
                try gzip?.take(chunk)
                if gzip != nil { try await inflate() } else { try await read(chunk) }
            }
            try gzip?.end()
            try await inflate()
            while try !reader.finish() { try await send() }
            if !reader.isEmpty { try await send() }
            try await settle()
        } catch {
            // What is on its way is awaited, so that the counts are true.
            try? await settle()
            throw EnqueueFailure(cause: error, stored: answer)
        }
        answer.rejected = reader.rejected + untaken.count
        answer.problems = untaken.merged(with: reader.problems)
        return answer
    }

    private mutating func inflate() async throws {
        while let piece = try gzip?.next() { try await read(piece) }
    }

    private mutating func read(_ chunk: ByteBuffer) async throws {
        received += chunk.readableBytes
        try await share?.hold(received)
        var offset = 0
        while offset < chunk.readableBytes {
            try chunk.withUnsafeReadableBytes { try reader.feed($0.bindMemory(to: UInt8.self), offset: &offset) }
            if reader.isFull { try await send() }
        }
    }

    private mutating func send() async throws {
        try await settle()
        let lines = reader.batchLines
        let batch = reader.takeBatch()
        sent = (batch, lines)
        rejectedBefore = reader.rejected
        commit = Task { [control] in try await control.enqueue(batch) }
    }

    private mutating func settle() async throws {
        guard let commit else { return }
        self.commit = nil
        do {
            count(try await commit.value)
        } catch let error as EnqueueInterrupted {
            count(error.committed)
            throw error.cause
        }
    }

    private mutating func count(_ receipt: EnqueueReceipt) {
        answer.new += receipt.new
        answer.known += receipt.known
        untaken.note(receipt, of: sent.batch, lines: sent.lines)
        answer.rejected = rejectedBefore + untaken.count
    }
}

/// A body that failed half-way, and what was stored of it.
struct EnqueueFailure: Error {
    var cause: any Error
    var stored: EnqueueAnswer
}
