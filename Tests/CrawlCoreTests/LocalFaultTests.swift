import CrawlCore
import Glibc
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
        var flags: FetchResult.Flags = []
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

    /// Of a name with two addresses, one of which was tried and the other could not be.
    static let tried: [Row] = [
        Row(code: 7, errno: EAFNOSUPPORT, name: "EAFNOSUPPORT, and a packet", outcome: .originDown, flags: .sentPacket),
        Row(
            code: 7, errno: EADDRNOTAVAIL, name: "EADDRNOTAVAIL, and a packet", outcome: .originDown, flags: .sentPacket
        ),
        Row(code: 7, errno: ENETDOWN, name: "ENETDOWN, and a packet", outcome: .originDown, flags: .sentPacket),
        Row(code: 7, errno: EPERM, name: "EPERM, and a packet", outcome: .originDown, flags: .sentPacket),
        Row(code: 7, errno: EACCES, name: "EACCES, and a packet", outcome: .unreachable, flags: .sentPacket),
        Row(code: 7, errno: ECONNREFUSED, name: "ECONNREFUSED", outcome: .originDown, flags: .sentPacket),
        Row(code: 7, errno: EHOSTUNREACH, name: "EHOSTUNREACH", outcome: .unreachable, flags: .sentPacket),
        Row(code: 7, errno: 0, name: "no errno, and a packet", outcome: .inconclusive, flags: .sentPacket),
    ]

    /// There may have been a good one behind it.
    static let triedInPart: [Row] = [Int32]([7, 28]).flatMap { lacking($0, after: .sentPacket) }

    private static func lacking(_ code: Int32, after flags: FetchResult.Flags) -> [Row] {
        [EMFILE, ENFILE, ENOBUFS, ENOMEM].map { (errno: Int32) -> Row in
            Row(code: code, errno: errno, name: "\(errno)", outcome: .inconclusive, isLimit: true, flags: flags)
        }
    }

    /// The errno is left from another address, unless it may end a connection.
    static let connected: [Row] = [Int32]([35, 55, 56]).flatMap(ofConnection)

    private static func ofConnection(_ code: Int32) -> [Row] {
        let stale: [Int32] = [EADDRNOTAVAIL, EAFNOSUPPORT, EACCES, EMFILE, ENFILE, ENETDOWN]
        let outcome: Outcome = code == 35 ? .tlsHandshake : .unknownOriginError
        var rows = stale.map { (errno: Int32) -> Row in
            Row(code: code, errno: errno, name: "\(errno), stale", outcome: outcome, flags: [.connected, .https])
        }
        for (errno, isLimit) in [(ENOMEM, true), (ENOBUFS, true), (EPERM, false)] {
            rows.append(
                Row(
                    code: code, errno: errno, name: "\(errno)", outcome: .inconclusive, isLimit: isLimit,
                    flags: .connected))
        }
        return rows
    }

    static let late: [Row] = [
        Row(code: 28, errno: EMFILE, name: "EMFILE", outcome: .inconclusive, isLimit: true),
        Row(code: 28, errno: EAFNOSUPPORT, name: "EAFNOSUPPORT", outcome: .inconclusive),
        Row(code: 28, errno: EAFNOSUPPORT, name: "the other was tried", outcome: .unreachable, flags: .sentPacket),
        Row(code: 28, errno: EADDRNOTAVAIL, name: "once connected", outcome: .responseTimeout, flags: .connected),
        Row(code: 28, errno: 0, name: "no address in time", outcome: .unreachable),
        Row(code: 28, errno: 0, name: "no resolver", outcome: .inconclusive, flags: .resolverDown),
        Row(code: 27, errno: 0, name: "no memory", outcome: .inconclusive),
        Row(code: 27, errno: 0, name: "no memory for the request", outcome: .inconclusive, flags: .connected),
        Row(
            code: 27, errno: 0, name: "no memory for a header line", outcome: .unknownOriginError,
            flags: [.connected, .firstByte]),
        Row(
            code: 42, errno: ENOSPC, name: "ENOSPC: not watched", outcome: .inconclusive, isLimit: true,
            flags: [.connected, .sentPacket]),
    ]

    @Test(arguments: connect + others + tried + triedInPart + connected + late)
    func row(_ row: Row) {
        var result = FetchResult(ticket: 1, startedAt: Instant(ms: 0), completedAt: Instant(ms: 1))
        result.curlCode = row.code
        result.osErrno = row.errno
        result.flags = row.flags
        #expect(OutcomeClassifier().classify(result).outcome == row.outcome)
        #expect(result.metLocalLimit == row.isLimit)
        guard row.flags.isEmpty else { return }
        result.flags = .viaProxy
        #expect(OutcomeClassifier().classify(result).outcome == .inconclusive, "through a proxy")
        #expect(result.metLocalLimit == row.isLimit)
        result.flags = .cancelled
        #expect(!result.metLocalLimit, "ended by ourselves")
    }
}
