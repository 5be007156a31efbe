/// Keeps what goes over the wire, as raw bytes. A fetcher feeds it; nothing that it does changes how an answer is judged,
/// but that `FetchResult.Flags.pausedByUs` and `recordingFailed` tell of it.
package protocol Recorder: Sendable {
    /// A request is about to be made. Called on the fetcher's thread, which may not wait.
    ///
    /// - Parameters:
    ///   - ticket: of the request.
    ///   - url: as it is asked for, good for the call.
    ///   - start: when the request was begun.
    ///   - resume: a body that was told to wait may go on. Called from any thread, as often as it likes, for as long as it
    ///     likes: once too often does nothing.
    func begin(
        ticket: Int64, url: UnsafeRawBufferPointer, start: Instant, resume: @escaping @Sendable () -> Void
    ) -> any Recording
}

/// What becomes of a part of a body.
package enum RecordingTaking: Sendable, Hashable {
    case taken
    /// None of it: the same bytes come again after `resume`.
    case wait
    /// None of it, and nothing more will be: the transfer ends.
    case failed
}

/// One request as it goes over the wire, from its start to `end` or `drop`, of which exactly one comes. One thread at a time
/// calls it, and none may wait in it. All bytes are good for the call only.
///
/// In the order of a request: `void` · `sent` · (`beginHead` · `interim`)… · `beginHead` · `receive(headLine:)`… ·
/// `receive(body:)`…. All of it comes once more if the request is made once more.
package protocol Recording: AnyObject, Sendable {
    /// The request is made, or made once more: over HTTP/1.1, to another address, or over another connection when that which
    /// was kept had gone stale. Everything so far is forgotten, what was said to a proxy to get there too.
    func void()
    /// Bytes of the request's head as they were sent: in one piece, rarely in several. Over HTTP/2 no such bytes ever are:
    /// what libcurl says in their place.
    func sent(_ part: UnsafeRawBufferPointer)
    /// A header block begins. Lines of one before it do not count any more.
    func beginHead()
    /// The block that ended was a 1xx, of which no line is given.
    func interim(_ status: Int32)
    /// A line of the final block as it came, with its end: the status line, header lines, the blank line. Trailers are none.
    /// All of them together are bounded by the fetcher.
    func receive(headLine line: UnsafeRawBufferPointer)
    /// A part of the body, transfer coding undone, content coding not. Never more than the fetcher's limit in all.
    func receive(body part: UnsafeRawBufferPointer) -> RecordingTaking
    /// The request is over, and its answer has a whole head. What it led to is not handed over before this returns.
    func end(_ facts: RecordingFacts)
    /// The request is over without such an answer, or we ended it: nobody will ask for it.
    func drop()
}

/// What is known of a request when it is over.
package struct RecordingFacts: Sendable, Hashable {
    package var status: Int32
    package var httpVersion: HTTPVersion
    /// nil = no TLS to the server, or not known.
    package var tls: TLSVersion?
    /// nil = not known, as through a proxy.
    package var remoteAddress: IPAddress?
    package var end: ExchangeEnd

    package init(
        status: Int32, httpVersion: HTTPVersion, tls: TLSVersion?, remoteAddress: IPAddress?, end: ExchangeEnd
    ) {
        self.status = status
        self.httpVersion = httpVersion
        self.tls = tls
        self.remoteAddress = remoteAddress
        self.end = end
    }
}

/// How a body came to its end; all but the first are reasons that WARC-Truncated knows (ISO 28500:2017 §5.13).
package enum ExchangeEnd: Sendable, Hashable {
    /// A body that tells no length ends with its connection, and is whole then.
    case whole
    /// Our limit of bytes.
    case length
    /// Our limit of time.
    case time
    /// The connection ended, or what came over it could not be read on.
    case disconnect
}

/// As WARC-Protocol names it.
package enum TLSVersion: Sendable, Hashable, CaseIterable {
    case tls10
    case tls11
    case tls12
    case tls13

    /// The number of the protocol (RFC 8446 §4.2.1); nil = none of these.
    package init?(number: Int32) {
        switch number {
        case 0x0301: self = .tls10
        case 0x0302: self = .tls11
        case 0x0303: self = .tls12
        case 0x0304: self = .tls13
        default: return nil
        }
    }
}
