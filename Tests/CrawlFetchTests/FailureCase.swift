import CrawlCore
import CrawlTesting
import Testing

/// One row of the table "straight to an origin": what a server does, what libcurl makes of it, what it means.
struct FailureCase: Sendable, CustomTestStringConvertible {
    var name: String
    var transport = MisbehavingOrigin.Transport.plain
    var onAccept = AcceptBehaviour.serve
    var behaviour = OriginBehaviour.silence
    /// Ask the plain port over TLS.
    var forcesHTTPS = false
    var http2 = false
    /// Any of these is right: some are races.
    var codes: [Int32]
    var status: Int32 = 0
    var flags: FetchResult.Flags = []
    var outcome: Outcome
    /// Whose body or header limit is small.
    var maxHeaderBytes = 256 << 10

    var testDescription: String { name }
    var kind: OutcomeKind { outcome.kind() }
    var grade: Grade? { outcome == .unknownOriginError ? .direct : nil }

    static let ok = "HTTP/1.1 200 OK\r\n"
    static let chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"

    static let plain: [FailureCase] = [
        FailureCase(
            name: "closes after the request", behaviour: .raw("", then: .close), codes: [52], flags: [.connected],
            outcome: .unknownOriginError),
        FailureCase(
            name: "RST after the request", behaviour: .raw("", then: .reset), codes: [56], flags: [.connected],
            outcome: .unknownOriginError),
        FailureCase(name: "RST on accept", onAccept: .reset, codes: [7, 55, 56], outcome: .unknownOriginError),
        FailureCase(name: "closes on accept", onAccept: .close, codes: [52, 55, 56], outcome: .unknownOriginError),
        FailureCase(
            name: "a banner that is not HTTP", onAccept: .banner("220 mail.example ESMTP\r\n"), codes: [1],
            flags: [.connected], outcome: .unknownOriginError),
        FailureCase(
            name: "status abc", behaviour: .raw("HTTP/1.1 abc\r\n\r\n", then: .close), codes: [1], flags: [.connected],
            outcome: .unknownOriginError),
        FailureCase(
            name: "HTTP/9.9", behaviour: .raw("HTTP/9.9 200 OK\r\n\r\n", then: .close), codes: [1], flags: [.connected],
            outcome: .unknownOriginError),
        FailureCase(
            name: "closes inside the header block", behaviour: .raw(ok + "Server: x\r\n", then: .close), codes: [0],
            status: 200, flags: [.firstByte], outcome: .unknownOriginError),
        FailureCase(
            name: "closes after a 103", behaviour: .raw("HTTP/1.1 103 Early Hints\r\n\r\n", then: .close),
            codes: [0, 52, 56], status: 103, outcome: .unknownOriginError),
        FailureCase(
            name: "two Content-Lengths",
            behaviour: .raw(ok + "Content-Length: 5\r\nContent-Length: 3\r\n\r\nabcde", then: .close), codes: [0],
            status: 200, flags: [.contentLengthConflict], outcome: .unknownOriginError),
        FailureCase(
            name: "two Content-Lengths in one line",
            behaviour: .raw(ok + "Content-Length: 5, 3\r\n\r\nabcde", then: .close), codes: [0, 8], status: 200,
            outcome: .unknownOriginError),
        FailureCase(
            name: "body short", behaviour: .raw(ok + "Content-Length: 10\r\n\r\nabc", then: .close), codes: [18],
            status: 200, flags: [.headersComplete, .bodyStarted], outcome: .truncated),
        FailureCase(
            name: "chunked body cut", behaviour: .raw(chunked + "5\r\nab", then: .close), codes: [18, 56], status: 200,
            flags: [.headersComplete], outcome: .truncated),
        FailureCase(
            name: "RST in the body", behaviour: .raw(ok + "Content-Length: 10\r\n\r\nabc", then: .reset),
            codes: [18, 56], status: 200, flags: [.headersComplete], outcome: .truncated),
        FailureCase(
            name: "bad chunk size", behaviour: .raw(chunked + "zz\r\nabc\r\n", then: .keepOpen), codes: [56],
            status: 200, outcome: .unknownOriginError),
        FailureCase(
            name: "one header of 130 KB",
            behaviour: .raw(ok + "x: " + String(repeating: "a", count: 130_000) + "\r\n\r\n", then: .keepOpen),
            codes: [27], status: 200, flags: [.connected], outcome: .unknownOriginError),
        FailureCase(
            name: "320 KB of headers, our limit", behaviour: manyHeaders, codes: [23], status: 200,
            flags: [.headersOverLimit], outcome: .unknownOriginError),
        FailureCase(
            name: "320 KB of headers, libcurl's limit", behaviour: manyHeaders, codes: [56], status: 200,
            outcome: .unknownOriginError, maxHeaderBytes: 1 << 20),
        FailureCase(
            name: "no answer", behaviour: .silence, codes: [28], flags: [.connected], outcome: .responseTimeout),
        FailureCase(
            name: "headers never end", behaviour: .raw(ok, then: .keepOpen), codes: [28], status: 200,
            flags: [.connected, .firstByte], outcome: .responseTimeout),
        FailureCase(
            name: "body never ends", behaviour: .raw(ok + "Content-Length: 10\r\n\r\nabc", then: .keepOpen),
            codes: [28], status: 200, flags: [.headersComplete], outcome: .truncated),
        FailureCase(
            name: "TLS to a plain port", forcesHTTPS: true, codes: [35], flags: [.connected, .https],
            outcome: .tlsHandshake),
        FailureCase(
            name: "close in the handshake", onAccept: .closeAfterFirstBytes, forcesHTTPS: true, codes: [35],
            flags: [.connected], outcome: .tlsHandshake),
        FailureCase(
            name: "TLS hang", onAccept: .hang, forcesHTTPS: true, codes: [28], flags: [.connected, .https],
            outcome: .tlsHandshake),
    ]

    private static let manyHeaders = OriginBehaviour.raw(
        ok + (0..<320).map { "x-\($0): \(String(repeating: "a", count: 1000))\r\n" }.joined() + "\r\n", then: .keepOpen)

    static let tls: [FailureCase] = [
        FailureCase(
            name: "TLS: closes after the request", transport: .tls(.good), behaviour: .raw("", then: .close),
            codes: [52], flags: [.tlsEstablished], outcome: .unknownOriginError),
        FailureCase(
            name: "TLS: closes without close_notify", transport: .tls(.good),
            behaviour: .raw("", then: .closeWithoutNotify), codes: [52, 56], flags: [.tlsEstablished],
            outcome: .unknownOriginError),
        FailureCase(
            name: "TLS: RST after the request", transport: .tls(.good), behaviour: .raw("", then: .reset), codes: [56],
            flags: [.tlsEstablished], outcome: .unknownOriginError),
        FailureCase(
            name: "TLS: no answer", transport: .tls(.good), codes: [28], flags: [.tlsEstablished],
            outcome: .responseTimeout),
        FailureCase(
            name: "self-signed", transport: .tls(.selfSigned), codes: [60], flags: [.connected],
            outcome: .tlsCertificate),
        FailureCase(
            name: "expired", transport: .tls(.expired), codes: [60], flags: [.connected], outcome: .tlsCertificate),
        FailureCase(
            name: "wrong name", transport: .tls(.wrongName), codes: [60], flags: [.connected], outcome: .tlsCertificate),
        FailureCase(
            name: "HTTP/2: stream reset", transport: .http2(.good), behaviour: .http2(.resetStream), http2: true,
            codes: [92], flags: [.tlsEstablished], outcome: .unknownOriginError),
        FailureCase(
            name: "HTTP/2: GOAWAY", transport: .http2(.good), behaviour: .http2(.goAway), http2: true,
            codes: [16, 18, 52, 56, 92], flags: [.tlsEstablished], outcome: .unknownOriginError),
        FailureCase(
            name: "HTTP/2: protocol error", transport: .http2(.good), behaviour: .http2(.protocolError), http2: true,
            codes: [16, 52, 55, 56, 92], flags: [.tlsEstablished], outcome: .unknownOriginError),
        FailureCase(
            name: "HTTP/2: ends in the body", transport: .http2(.good), behaviour: .http2(.endMidBody), http2: true,
            codes: [16, 18, 55, 56, 92], status: 200, flags: [.headersComplete], outcome: .unknownOriginError),
    ]
}
