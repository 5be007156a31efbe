package import CrawlCore
internal import Synchronization

/// The `Recorder` of an archive: what went over the wire, until somebody writes records of it.
///
/// A recording of a request with an answer is held from its `end` until it is taken, which is for whoever gets the
/// request's result to do, whatever that is: `take(ticket)`, then `settle` or `drop`. Of requests without an answer, or
/// cancelled ones, nothing is held.
package final class ExchangeRecorder: Recorder {
    private let spool: Spool
    private let bufferBytes: Int
    private let held = Mutex(Held())

    private struct Held {
        var ended: [Int64: ExchangeRecording] = [:]
        var failure: SpoolFailure?
    }

    /// `bufferBytes`: see `BodySpill`.
    package init(spool: Spool, bufferBytes: Int = BodySpill.usualBufferBytes) {
        self.spool = spool
        self.bufferBytes = bufferBytes
    }

    package func begin(
        ticket: Int64, url: UnsafeRawBufferPointer, start: Instant, resume: @escaping @Sendable () -> Void
    ) -> any Recording {
        ExchangeRecording(ticket: ticket, url: url, start: start, for: self) { [spool, bufferBytes] in
            BodySpill(spool: spool, bufferBytes: bufferBytes, resume: resume)
        }
    }

    /// Its request is over and had an answer; it is held no more. nil = there is none. From any thread.
    package func take(_ ticket: Int64) -> ExchangeRecording? {
        held.withLock { $0.ended.removeValue(forKey: ticket) }
    }

    /// How many are held.
    package var count: Int { held.withLock { $0.ended.count } }

    /// Why a transfer was ended, the last time that one was since this was asked; nil = none was.
    package func takeFailure() -> SpoolFailure? {
        held.withLock { held in
            defer { held.failure = nil }
            return held.failure
        }
    }

    func hold(_ recording: ExchangeRecording, _ ticket: Int64) {
        let older = held.withLock { $0.ended.updateValue(recording, forKey: ticket) }
        // A ticket is only given again when nobody wants what it stood for.
        older?.drop()
    }

    func note(_ failure: SpoolFailure) { held.withLock { $0.failure = failure } }
}
