package import CrawlCore

/// One request as it goes over the wire, for the records that are made of it. It holds the two heads, and of the body what
/// a `BodySpill` does.
///
/// `@unchecked Sendable`: it has one user at a time. That is the fetcher up to `end`, which puts it into the recorder's table;
/// then it is whoever took it from there, and the table's lock is between the two.
package final class ExchangeRecording: Recording, @unchecked Sendable {
    private let ticket: Int64
    private let url: [UInt8]
    private let start: Instant
    private let makeSpill: @Sendable () -> BodySpill
    /// nil once the request is over: the table holds this, and must not be held by it.
    private var recorder: ExchangeRecorder?
    private var requestHead: [UInt8] = []
    private var responseHead: [UInt8] = []
    private var interim: [Int32] = []
    /// nil = no byte of a body came.
    private var spill: BodySpill?
    private var facts: RecordingFacts?

    init(
        ticket: Int64, url: UnsafeRawBufferPointer, start: Instant, for recorder: ExchangeRecorder,
        makeSpill: @escaping @Sendable () -> BodySpill
    ) {
        self.ticket = ticket
        self.url = Array(url)
        self.start = start
        self.recorder = recorder
        self.makeSpill = makeSpill
    }

    // MARK: The fetcher's

    package func void() {
        requestHead.removeAll(keepingCapacity: true)
        responseHead.removeAll(keepingCapacity: true)
        interim.removeAll()
        spill?.drop()
        spill = nil
    }

    package func sent(_ part: UnsafeRawBufferPointer) { requestHead += part }

    package func beginHead() { responseHead.removeAll(keepingCapacity: true) }

    package func interim(_ status: Int32) { interim.append(status) }

    package func receive(headLine line: UnsafeRawBufferPointer) { responseHead += line }

    package func receive(body part: UnsafeRawBufferPointer) -> RecordingTaking {
        let spill = self.spill ?? makeSpill()
        self.spill = spill
        switch spill.take(part) {
        case .taken: return .taken
        case .wait: return .wait
        case .failed(let failure):
            recorder?.note(failure)
            return .failed
        }
    }

    package func end(_ facts: RecordingFacts) {
        self.facts = facts
        let recorder = self.recorder
        self.recorder = nil
        recorder?.hold(self, ticket)
    }

    /// Its owner's too, in place of `settle`, or before `done` was called, which it is not then.
    package func drop() {
        recorder = nil
        void()
    }

    // MARK: Its owner's, after `end`

    /// The disk was slower than the network at least once.
    package var hasPaused: Bool { spill?.hasPaused ?? false }

    /// `done` is called once, with all that is known but what the request was for: at once if the body is in memory, else
    /// from the spool's lane when all of it is in its file. Asked once.
    package func settle(_ done: @escaping @Sendable (Result<Exchange, SpoolFailure>) -> Void) {
        let bare = bareExchange
        guard let spill else { return done(.success(bare)) }
        spill.finish { body in
            done(
                body.map {
                    var exchange = bare
                    exchange.body = $0
                    return exchange
                })
        }
    }

    /// Without its body.
    private var bareExchange: Exchange {
        var exchange = Exchange(
            targetURI: url, requestHead: requestHead, responseHead: responseHead, status: facts?.status ?? 0,
            body: .memory([]), httpVersion: facts?.httpVersion ?? .unknown, date: start)
        exchange.interim = interim
        exchange.tls = facts?.tls
        exchange.remoteAddress = facts?.remoteAddress
        exchange.end = facts?.end ?? .disconnect
        exchange.ticket = ticket
        return exchange
    }
}
