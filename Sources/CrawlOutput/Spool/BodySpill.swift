internal import CrawlCore
internal import Synchronization

/// The body of one transfer as it comes: a small one stays in memory, a larger one goes to a file of the spool.
///
/// The thread that reads the network never waits for the disk: full buffers are written on the spool's lane. Memory of one body is two
/// buffers at most; who brings bytes faster than the disk takes them is told to wait, and called when it goes on:
/// ```swift
/// switch spill.take(bytes) {
/// case .taken: break
/// case .wait: return CURL_WRITEFUNC_PAUSE      // the same bytes come again after `resume`
/// case .failed: …
/// }
/// ```
/// One thread at a time calls it; `resume` and what `finish` is given are called on the spool's lane.
package final class BodySpill: Sendable {
    package enum Taking: Sendable, Equatable {
        case taken
        /// None of them: `resume` is called when they can be.
        case wait
        /// None of them, and nothing more will be.
        case failed(SpoolFailure)
    }

    private struct State {
        var filling: [UInt8] = []
        /// A buffer is on its way to the disk.
        var isWriting = false
        var file: SpoolFile?
        var failure: SpoolFailure?
        var isWaitedFor = false
        var hasPaused = false
        var finish: (@Sendable (Result<BodySource, SpoolFailure>) -> Void)?
    }

    /// Above it a body goes to a file; two of them are what it may hold.
    package static let usualBufferBytes = 32 << 10

    private let spool: Spool
    private let bufferBytes: Int
    private let resume: @Sendable () -> Void
    private let state = Mutex(State())

    /// `resume`: a `take` that was told to wait may be tried again.
    package init(
        spool: Spool, bufferBytes: Int = BodySpill.usualBufferBytes, resume: @escaping @Sendable () -> Void
    ) {
        self.spool = spool
        self.bufferBytes = max(1, bufferBytes)
        self.resume = resume
    }

    /// It was told to wait at least once: from then on its slowness is ours, not the server's.
    package var hasPaused: Bool { state.withLock { $0.hasPaused } }

    /// `bytes`: of any number; more than a buffer holds is taken as one.
    package func take(_ bytes: UnsafeRawBufferPointer) -> Taking {
        let (taking, full): (Taking, [UInt8]?) = state.withLock { state in
            if let failure = state.failure { return (.failed(failure), nil) }
            if state.filling.count + bytes.count <= bufferBytes {
                state.filling += bytes
                return (.taken, nil)
            }
            guard !state.isWriting else {
                state.isWaitedFor = true
                state.hasPaused = true
                return (.wait, nil)
            }
            let full = state.filling
            state.filling = Array(bytes)
            // The first piece alone may be more than a buffer.
            guard !full.isEmpty else { return (.taken, nil) }
            state.isWriting = true
            return (.taken, full)
        }
        if let full { write(full) }
        return taking
    }

    /// The body ends here. `done` is called once: at once if all of it is in memory, else when it is in its file.
    package func finish(_ done: @escaping @Sendable (Result<BodySource, SpoolFailure>) -> Void) {
        let (result, rest): (Result<BodySource, SpoolFailure>?, [UInt8]?) = state.withLock { state in
            if let failure = state.failure { return (.failure(failure), nil) }
            if state.file == nil, !state.isWriting {
                let bytes = state.filling
                state.filling = []
                return (.success(.memory(bytes)), nil)
            }
            state.finish = done
            guard !state.isWriting else { return (nil, nil) }
            let rest = state.filling
            state.filling = []
            state.isWriting = true
            return (nil, rest)
        }
        if let result { done(result) }
        if let rest { write(rest) }
    }

    /// Nobody wants it: the answer was voided. Its file goes as soon as nothing is being written to it.
    package func drop() {
        state.withLock { state in
            state.filling = []
            state.isWaitedFor = false
            state.finish = nil
            state.failure = state.failure ?? SpoolFailure(.changed, spool.folder)
            if !state.isWriting { state.file = nil }
        }
    }

    private func write(_ bytes: [UInt8]) {
        spool.lane.async { [self] in
            let file = state.withLock { state in
                // Dropped before it came to this.
                guard state.failure == nil else { return nil as SpoolFile? }
                let file = state.file ?? spool.makeFile(.body)
                state.file = file
                return file
            }
            var failure: SpoolFailure?
            if let file {
                let result = bytes.withUnsafeBytes { bytes in
                    Result { () throws(SpoolFailure) in try file.append(bytes) }
                }
                if case .failure(let error) = result { failure = error }
            }
            noteWritten(failure)
        }
    }

    private func noteWritten(_ failure: SpoolFailure?) {
        var done: (@Sendable (Result<BodySource, SpoolFailure>) -> Void)?
        var result: Result<BodySource, SpoolFailure>?
        var isResumed = false
        var rest: [UInt8]?
        state.withLock { state in
            state.isWriting = false
            if let failure, state.failure == nil { state.failure = failure }
            isResumed = state.isWaitedFor
            state.isWaitedFor = false
            if let failure = state.failure {
                result = .failure(failure)
                state.file = nil
                state.filling = []
            } else if state.finish != nil, !state.filling.isEmpty {
                rest = state.filling
                state.filling = []
                state.isWriting = true
                return
            } else if let file = state.file {
                result = .success(.file(file))
            }
            guard let finish = state.finish else { return }
            done = finish
            state.finish = nil
            state.file = nil
        }
        if let rest { write(rest) }
        if isResumed { resume() }
        if let done, let result { done(result) }
    }
}
