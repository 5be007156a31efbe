import CrawlCore
import Testing

/// Whose fault a request is that ended before it was sent, by libcurl's code and errno.
struct LocalFaultTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var code: Int32
        var errno: Int32
        var name: String
        var outcome: Outcome
        /// All requests would meet it.
        var isLimit = false
        var testDescription: String { "code \(code), \(name)" }
    }

    static let connect: [Row] = [
        Row(code: 7, errno: 0, name: "no errno", outcome: .inconclusive),
        Row(code: 7, errno: 1, name: "EPERM", outcome: .inconclusive),
        Row(code: 7, errno: 12, name: "ENOMEM", outcome: .inconclusive, isLimit: true),
        Row(code: 7, errno: 13, name: "EACCES", outcome: .inconclusive),
        Row(code: 7, errno: 22, name: "EINVAL", outcome: .inconclusive),
        Row(code: 7, errno: 23, name: "ENFILE", outcome: .inconclusive, isLimit: true),
        Row(code: 7, errno: 24, name: "EMFILE", outcome: .inconclusive, isLimit: true),
        Row(code: 7, errno: 28, name: "ENOSPC", outcome: .inconclusive, isLimit: true),
        Row(code: 7, errno: 88, name: "ENOTSOCK", outcome: .inconclusive),
        Row(code: 7, errno: 93, name: "EPROTONOSUPPORT", outcome: .inconclusive),
        Row(code: 7, errno: 97, name: "EAFNOSUPPORT", outcome: .inconclusive),
        Row(code: 7, errno: 99, name: "EADDRNOTAVAIL", outcome: .inconclusive),
        Row(code: 7, errno: 100, name: "ENETDOWN", outcome: .inconclusive),
        Row(code: 7, errno: 105, name: "ENOBUFS", outcome: .inconclusive, isLimit: true),
        Row(code: 7, errno: 111, name: "ECONNREFUSED", outcome: .originDown),
        Row(code: 7, errno: 110, name: "ETIMEDOUT", outcome: .connectTimeout),
        Row(code: 7, errno: 104, name: "ECONNRESET", outcome: .unknownOriginError),
        Row(code: 7, errno: 103, name: "ECONNABORTED", outcome: .unknownOriginError),
        Row(code: 7, errno: 32, name: "EPIPE", outcome: .unknownOriginError),
        Row(code: 7, errno: 64, name: "ENONET", outcome: .unreachable),
        Row(code: 7, errno: 71, name: "EPROTO", outcome: .unreachable),
        Row(code: 7, errno: 92, name: "ENOPROTOOPT", outcome: .unreachable),
        Row(code: 7, errno: 101, name: "ENETUNREACH", outcome: .unreachable),
        Row(code: 7, errno: 112, name: "EHOSTDOWN", outcome: .unreachable),
        Row(code: 7, errno: 113, name: "EHOSTUNREACH", outcome: .unreachable),
    ]

    static let others: [Row] = [
        Row(code: 6, errno: 0, name: "no such name", outcome: .unreachable),
        Row(code: 6, errno: 24, name: "EMFILE", outcome: .inconclusive, isLimit: true),
        Row(code: 35, errno: 0, name: "no handshake", outcome: .tlsHandshake),
        Row(code: 35, errno: 105, name: "ENOBUFS", outcome: .inconclusive, isLimit: true),
        Row(code: 42, errno: 28, name: "ENOSPC: not watched", outcome: .inconclusive, isLimit: true),
        Row(code: 42, errno: 1, name: "EPERM: not watched", outcome: .inconclusive),
        Row(code: 55, errno: 105, name: "ENOBUFS", outcome: .inconclusive, isLimit: true),
        Row(code: 55, errno: 1, name: "EPERM", outcome: .inconclusive),
        Row(code: 55, errno: 32, name: "EPIPE", outcome: .unknownOriginError),
        Row(code: 56, errno: 12, name: "ENOMEM", outcome: .inconclusive, isLimit: true),
        Row(code: 56, errno: 104, name: "ECONNRESET", outcome: .unknownOriginError),
    ]

    @Test(arguments: connect + others)
    func row(_ row: Row) {
        var result = FetchResult(ticket: 1, startedAt: Instant(ms: 0), completedAt: Instant(ms: 1))
        result.curlCode = row.code
        result.osErrno = row.errno
        #expect(OutcomeClassifier().classify(result).outcome == row.outcome)
        #expect(result.metLocalLimit == row.isLimit)
        result.flags = .viaProxy
        #expect(OutcomeClassifier().classify(result).outcome == .inconclusive, "through a proxy")
        #expect(result.metLocalLimit == row.isLimit)
        result.flags = .cancelled
        #expect(!result.metLocalLimit, "ended by ourselves")
    }
}
