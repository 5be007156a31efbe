import ControlAPI
import CrawlCore
import HummingbirdCore
import NIOCore
import Synchronization

/// One body on its way into the store: a batch is read while the one before it is committed. It grows until that is done;
/// when it may not grow any more nothing is read from the client.
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
    private var isCommitted = Flag()
    private let growth: BatchGrowth?
    private var mayGrow = false

    private final class Flag: Sendable {
        let isSet = Atomic<Bool>(false)
    }
    /// Lines refused up to the end of the batch that is being committed.
    private var rejectedBefore = 0

    /// `growth` nil = its batches do not grow.
    init(
        control: any CrawlControl, reader: EnqueueReader, share: ByteShare? = nil, gzip: GzipBody? = nil,
        growth: BatchGrowth? = nil
    ) {
        self.gzip = gzip
        self.growth = growth
        self.control = control
        self.reader = reader
        self.share = share
    }

    mutating func run(_ body: RequestBody) async throws -> EnqueueAnswer {
        defer { if mayGrow { growth?.giveBack() } }
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
            if reader.isFull, !grows() { try await send() }
        }
    }

    /// The batch goes on, because the store is busy with the one before.
    private mutating func grows() -> Bool {
        guard commit != nil, !isCommitted.isSet.load(ordering: .relaxed) else { return false }
        if !mayGrow { mayGrow = growth?.take() ?? false }
        return mayGrow && reader.grow()
    }

    private mutating func send() async throws {
        try await settle()
        let lines = reader.batchLines
        let batch = reader.takeBatch()
        sent = (batch, lines)
        rejectedBefore = reader.rejected
        let done = Flag()
        isCommitted = done
        commit = Task { [control] in
            defer { done.isSet.store(true, ordering: .relaxed) }
            return try await control.enqueue(batch)
        }
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
