/// How `MisbehavingOrigin` answers a request.
package enum OriginBehaviour: Sendable {
    /// A proper answer with Content-Length; the connection stays open. Over HTTP/2 too.
    case status(Int, headers: [(String, String)] = [], body: [UInt8] = [])
    /// These very bytes instead of an answer, then `then`. HTTP/1 only.
    case raw(String, then: Ending)
    /// As `raw`, for bytes that are no text.
    case rawBytes([UInt8], then: Ending)
    /// `head`, then `chunk` so many times, no faster than it is read; HTTP/1 only. `MisbehavingOrigin.streamedBytes`
    /// tells how much went out.
    case stream(head: String, chunk: [UInt8], count: Int)
    /// `head`, then so many times `pieces` of `piece`, `everyMs` apart and each written by itself (over TLS a record of its
    /// own), then `end`; HTTP/1 only. `MisbehavingOrigin.streamedBytes` tells how much went out.
    case paced(head: String, piece: [UInt8], pieces: Int, times: Int, everyMs: Int64, end: String = "")
    /// One after the other; the last one stays.
    indirect case sequence([OriginBehaviour])
    /// By whether the request has a header, named in lower case; neither of the two is a sequence.
    indirect case byHeader(String, there: OriginBehaviour, missing: OriginBehaviour)
    /// HTTP/2 only.
    case http2(HTTP2Fault)

    /// No answer at all.
    package static let silence = OriginBehaviour.raw("", then: .keepOpen)

    package static func status(
        _ status: Int, headers: [(String, String)] = [], text: String
    ) -> OriginBehaviour {
        .status(status, headers: headers, body: Array(text.utf8))
    }

    /// What happens to the connection after the bytes.
    package enum Ending: Sendable {
        case keepOpen
        /// An orderly end: FIN, after close_notify over TLS.
        case close
        /// FIN without close_notify over TLS; plain as `close`.
        case closeWithoutNotify
        /// RST.
        case reset
    }

    package enum HTTP2Fault: Sendable {
        /// RST_STREAM instead of an answer.
        case resetStream
        /// GOAWAY that leaves the request out, then the end of the connection.
        case goAway
        /// A DATA frame on stream 0.
        case protocolError
        /// Headers and a part of the body, then the end of the connection.
        case endMidBody
        /// No answer, but frames of a type that nobody knows (RFC 9113 §4.1: to be ignored), 200 bytes each: so many at a
        /// time, so often.
        case unknownFrames(count: Int, times: Int, everyMs: Int64)
    }
}

/// What `MisbehavingOrigin` does with a connection before any request.
package enum AcceptBehaviour: Sendable {
    case serve
    /// RST at once.
    case reset
    /// FIN at once.
    case close
    /// FIN once the peer has said something: in the middle of a TLS handshake.
    case closeAfterFirstBytes
    /// Reads nothing, says nothing: a TLS handshake hangs.
    case hang
    /// Speaks first, then closes.
    case banner(String)
}
