/// What one request met: facts only, no judgement. `OutcomeClassifier` judges.
package struct FetchResult: Sendable {
    package var ticket: Int64
    /// When the request was handed to libcurl.
    package var startedAt: Instant
    /// When the answer was complete or had failed: "observed at".
    package var completedAt: Instant
    /// HTTP status of the final header block; 0 = none was read.
    package var status: Int32 = 0
    /// `CURLcode`; 0 = CURLE_OK.
    package var curlCode: Int32 = 0
    /// `CURLINFO_OS_ERRNO`, or what our own socket(2), epoll_ctl(2) or getaddrinfo(3) failed with; 0 = none.
    package var osErrno: Int32 = 0
    package var flags: Flags = []
    /// The way it went; `http1` also if it went over HTTP/2 first.
    package var route = FetchRoute()
    package var httpVersion: HTTPVersion = .unknown
    /// Bytes of the body as they came over the wire (content coding not undone), up to the limit.
    package var bodyBytes: Int64 = 0
    /// SHA-256 over those bytes; nil when no final header block was seen, and for a 304, which has no body to speak of.
    package var digest: Digest256?
    package var times = PhaseTimes()
    /// The value of `Content-Type`, if the fetcher is to tell it; empty = there was none, or it is longer than
    /// `FetchDetails.textLimit`.
    package var contentType: [UInt8] = []
    /// Addresses that could not be connected to, of those that the request may go to in their order.
    package var failedAddresses: UInt8 = 0
    /// The address connected to; nil when no connection came about, and through a proxy: only that knows it.
    package var remoteAddress: IPAddress?
    /// Header texts and what else is rare enough to be boxed; nil when there is nothing to say.
    package var details: FetchDetails? {
        get { box?.details }
        set { box = newValue.map(Box.init) }
    }
    private var box: Box?

    private final class Box: Sendable {
        let details: FetchDetails
        init(_ details: FetchDetails) { self.details = details }
    }

    /// When the server may have begun to see the request, or a little later, never earlier: politeness counts from there.
    package var sentAt: Instant { startedAt + .milliseconds((Int64(times.preTransferUs) + 999) / 1000) }

    /// The server may have seen the request; false = it ended before it was sent: no name, no connection, no handshake.
    package var wasSent: Bool { times.preTransferUs > 0 || flags.contains(.firstByte) }

    /// News of a request that is still under way.
    package var isNews: Bool { !flags.isDisjoint(with: [.isOnlySent, .isOnlyMoved]) }

    /// What our recorder did has ended it, or may have: it says nothing of the server.
    package var isSpoiltByRecorder: Bool { !flags.isDisjoint(with: [.pausedByUs, .recordingFailed]) }

    /// No request was sent, because of the name.
    package var isUnresolved: Bool { flags.contains(.unresolved) }

    /// The server may have answered to validators.
    package var isConditional: Bool { flags.contains(.conditional) && wasSent }

    package init(ticket: Int64, startedAt: Instant, completedAt: Instant) {
        self.ticket = ticket
        self.startedAt = startedAt
        self.completedAt = completedAt
    }

    package struct Flags: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The blank line after the final header block was seen.
        package static let headersComplete = Flags(rawValue: 1 << 0)
        /// Our limit cut the body.
        package static let bodyOverLimit = Flags(rawValue: 1 << 1)
        /// Two Content-Length headers that differ.
        package static let contentLengthConflict = Flags(rawValue: 1 << 2)
        /// A primary IP and a local port were known: the TCP connection stood, through a proxy the one to it.
        package static let connected = Flags(rawValue: 1 << 3)
        /// The TLS handshake was complete (app-connect time known).
        package static let tlsEstablished = Flags(rawValue: 1 << 4)
        /// At least one byte of an answer came.
        package static let firstByte = Flags(rawValue: 1 << 5)
        /// The address guard refused the address.
        package static let addressRefused = Flags(rawValue: 1 << 6)
        /// Ended by us: stop or cancel.
        package static let cancelled = Flags(rawValue: 1 << 7)
        /// The request went through a proxy.
        package static let viaProxy = Flags(rawValue: 1 << 8)
        /// The URL's scheme is https.
        package static let https = Flags(rawValue: 1 << 9)
        /// Our own request (URL and headers) was over its limit and was not sent.
        package static let requestTooLarge = Flags(rawValue: 1 << 10)
        /// The request carried If-None-Match or If-Modified-Since.
        package static let conditional = Flags(rawValue: 1 << 11)
        /// The header block was over our limit.
        package static let headersOverLimit = Flags(rawValue: 1 << 12)
        /// The connection stood from an earlier request.
        package static let reusedConnection = Flags(rawValue: 1 << 13)
        /// The body was still being read when it ended badly.
        package static let bodyStarted = Flags(rawValue: 1 << 14)
        /// An edge answered: `server: cloudflare`, or a `cf-ray`.
        package static let edge = Flags(rawValue: 1 << 15)
        /// The name was not found because no resolver answered; without it, because it does not exist.
        package static let resolverDown = Flags(rawValue: 1 << 16)
        /// No answer yet: the request was sent, `sentAt` says when. The real result comes later.
        package static let isOnlySent = Flags(rawValue: 1 << 17)
        /// No answer yet: an address could not be connected to, and the request goes on to the next. `failedAddresses` says how
        /// many failed so far. The real result comes later.
        package static let isOnlyMoved = Flags(rawValue: 1 << 27)
        /// It failed over HTTP/2 and was sent once more at once, over HTTP/1.1; all else is of the second request.
        package static let retriedOverHTTP1 = Flags(rawValue: 1 << 18)
        /// Its connection was shut: libcurl took bytes from it and neither gave us any nor returned.
        package static let stalledInParser = Flags(rawValue: 1 << 19)
        /// Its connection was ended: far more bytes came over it than were answers.
        package static let overhead = Flags(rawValue: 1 << 20)
        /// Its connection took more than its turn, ten times in a row.
        package static let overdrew = Flags(rawValue: 1 << 21)
        /// The kernel gave it a socket of its own.
        package static let openedSocket = Flags(rawValue: 1 << 22)
        /// The first packet of a connection went out for it. Known of requests that failed.
        package static let sentPacket = Flags(rawValue: 1 << 25)
        /// It failed before a connection was begun for it, as it waited for another request's to the same address.
        package static let awaitedConnection = Flags(rawValue: 1 << 26)
        /// No request was sent: the name has no address, or nobody could say. All else is of the look-up.
        package static let unresolved = Flags(rawValue: 1 << 23)
        /// The content coding of a body that is kept in memory ended early or is damaged; what it gave before is there.
        package static let codingCut = Flags(rawValue: 1 << 24)
        /// It did not end well, and our recorder had made it wait: what time that took is not the server's. Not said of what
        /// came to our own limit of bytes, which no wait brings nearer.
        package static let pausedByUs = Flags(rawValue: 1 << 28)
        /// Our recorder could not take the answer, and it was ended for that.
        package static let recordingFailed = Flags(rawValue: 1 << 29)
    }
}

package enum HTTPVersion: UInt8, Sendable, Codable {
    case unknown = 0
    case http10 = 10
    case http11 = 11
    case http2 = 20
    case http3 = 30

    /// As people write it: `1.1`, `2`; nil when unknown.
    package var text: String? {
        switch self {
        case .unknown: nil
        case .http10: "1.0"
        case .http11: "1.1"
        case .http2: "2"
        case .http3: "3"
        }
    }
}

/// Microseconds from the start of the request to the end of each phase; 0 = the phase was not reached (or the
/// connection was reused).
package struct PhaseTimes: Sendable, Hashable {
    package var dnsUs: UInt32 = 0
    package var connectUs: UInt32 = 0
    package var tlsUs: UInt32 = 0
    /// To the moment by which the request was sent; of a connection that was reused too. Politeness counts from here.
    package var preTransferUs: UInt32 = 0
    package var firstByteUs: UInt32 = 0
    package var totalUs: UInt32 = 0
    package init() {}
}

/// 32 bytes of a SHA-256, inline.
package struct Digest256: Sendable, Hashable {
    package var words: (UInt64, UInt64, UInt64, UInt64)

    /// The four words, most significant byte first.
    package init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// nil unless there are 32 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var all: [UInt64] = []
        all.reserveCapacity(4)
        var word: UInt64 = 0
        for (i, byte) in bytes.enumerated() {
            word = word << 8 | UInt64(byte)
            if i % 8 == 7 { all.append(word) }
        }
        words = (all[0], all[1], all[2], all[3])
    }

    package var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            let bigEndian = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
            withUnsafeBytes(of: bigEndian) { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            count = 32
        }
    }

    /// 64 lower-case hex digits.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    package static func == (a: Self, b: Self) -> Bool { a.words == b.words }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

/// An IPv4 or IPv6 address; an IPv4 one is kept as its four bytes in `low`.
package struct IPAddress: Sendable, Hashable {
    package var isV4: Bool
    package var high: UInt64
    package var low: UInt64

    package init(v4: UInt32) {
        isV4 = true
        high = 0
        low = UInt64(v4)
    }

    package init(v6High: UInt64, low: UInt64) {
        isV4 = false
        high = v6High
        self.low = low
    }
}

/// Texts of one answer that only some readers want. Every header text here is a stranger's: escape it before it reaches
/// a log. It is cut to `textLimit` bytes, except where a part of it would mean something else: `etag`, `lastModified`,
/// `cacheControl` and `contentType` are whole, or nil when they are longer.
package struct FetchDetails: Sendable {
    package static let textLimit = 256

    package var etag: String?
    package var lastModified: String?
    package var location: String?
    package var retryAfter: String?
    package var server: String?
    package var cfRay: String?
    package var cfErrorType: String?
    package var cfMitigated: String?
    /// `x-amzn-waf-action`.
    package var wafAction: String?
    /// RFC 9209: a proxy's word on an answer that it made itself.
    package var proxyStatus: String?
    /// What a proxy answered to a CONNECT; 0 = nothing, or none was sent.
    package var connectStatus: Int32 = 0
    /// libcurl's number for what went wrong with a SOCKS proxy (`CURLINFO_PROXY_ERROR`); 0 = nothing did.
    package var proxyError: Int32 = 0
    /// The first bytes (at most 4 KiB) of the body of an answer that is not 2xx or 3xx: markers are looked for here.
    package var bodyHead: [UInt8] = []
    /// libcurl's error buffer.
    package var errorText: String?
    /// The last address that the guard refused; set with `addressRefused`.
    package var refusedAddress: IPAddress?
    /// Where a redirect leads (RFC 9110 §10.2.2), in canonical form, not cut; nil = no 3xx but 304, or its Location is
    /// missing or no URL that can be crawled.
    package var redirectURL: String?
    /// The URL that was asked, in canonical form; set with `redirectURL`.
    package var requestURL: String?
    /// `redirectURL` is the URL that was asked, but Location spells it in another way than it was asked: path and query
    /// as they stand there, visible ASCII. nil = no such thing.
    package var respelling: String?
    /// The values of Set-Cookie (RFC 6265 §4.1), at most 50 and 8 KiB, whole; set with `redirectURL` only. Secrets: they never
    /// reach a log or the store.
    package var setCookies: [[UInt8]] = []
    /// `Cache-Control`, only for a body that is kept, or would be but for a 304; several lines are joined by commas (RFC 9110 §5.3).
    package var cacheControl: String?
    /// `Content-Type`, only for a body that is kept, or would be but for a 304.
    package var contentType: String?
    /// See `BodyUse.memory`.
    package var body: [UInt8]?
    /// The same, if it is that of a robots.txt and was read; nil = it was not.
    package var robots: RobotsBody?
    /// The file of `BodyUse.file` could not be written: what the system said. The transfer ended there.
    package var bodyFault: String?
    package init() {}
}
