import CrawlCore
import CrawlTesting

/// Something that can be wrong with an answer, as the wire shows it.
package enum Fault: Hashable, Sendable {
    case none
    /// A 5xx made by the edge or, without one, by the origin.
    case code(Int32)
    /// The same, made by the edge, with `Retry-After` seconds.
    case asking(Int32, Int)
    /// Closed without a byte: what an edge would call a 520.
    case empty
    /// Refused: 521.
    case refused
    /// Reset on accept, as a local firewall does: 520 by the rules.
    case reset
    /// No route: 523.
    case noRoute
    /// The name does not exist: 523.
    case noName
    /// No resolver answers: ours.
    case noResolver
    /// Our machine has no descriptor: ours, and all requests meet it.
    case noSocket
    /// libcurl's "could not connect" without an errno: something failed in us before a packet was out.
    case noPacket
    /// 429 with `Retry-After` seconds.
    case throttled(Int)
    /// 503 with `Retry-After` seconds, where only a robots.txt is asked.
    case putOff(Int)
    /// 403 with `cf-mitigated`.
    case challenge
    /// 412: says nothing of the page, and comes only to a request with validators.
    case preconditionFailed

    package var nature: Nature {
        switch self {
        case .none, .preconditionFailed: .good
        case .code(let status), .asking(let status, _):
            switch status {
            case 520, 521, 522, 523, 524, 525, 526, 530: .failing("\(status)")
            default: .wavering
            }
        case .empty, .reset: .failing("520")
        case .refused: .failing("521")
        case .noRoute, .noName: .failing("523")
        case .noResolver, .noSocket, .noPacket: .inconclusive
        case .throttled(let seconds): .throttled(.seconds(seconds))
        case .putOff: .wavering
        case .challenge: .blockedByEdge
        }
    }

    /// What it asks us to wait before the URL's next attempt, in milliseconds; 0 = nothing.
    var wish: Int64 { if case .asking(_, let seconds) = self { Int64(seconds) * 1000 } else { 0 } }

    /// The same, of whatever status it comes with.
    var patience: Int64 { if case .putOff(let seconds) = self { Int64(seconds) * 1000 } else { wish } }

    /// HTTP came back, whatever it says.
    package var isHTTP: Bool {
        switch self {
        case .none, .code, .asking, .throttled, .putOff, .challenge, .preconditionFailed: true
        case .empty, .refused, .reset, .noRoute, .noName, .noResolver, .noSocket, .noPacket: false
        }
    }

    /// The kernel gave a socket for it.
    private var hasSocket: Bool {
        switch self {
        case .noName, .noResolver, .noSocket, .noPacket: false
        default: true
        }
    }

    /// An address was tried, and no connection came about.
    var isBeforeConnect: Bool { [.refused, .noRoute, .noPacket].contains(self) }

    /// A status of 500 or more.
    var isServerError: Bool {
        switch self {
        case .code(let status), .asking(let status, _): status >= 500
        case .putOff: true
        default: false
        }
    }

    /// The request was sent before it failed, as far as can be known.
    var isSent: Bool { isHTTP || self == .empty }

    /// `colo`: where the edge's answer came from; nil = there is no edge.
    func write(to result: inout FetchResult, colo: String?) {
        var details = FetchDetails()
        switch self {
        case .none: result.status = 200
        case .code(let status):
            result.status = status
            if colo != nil { details.bodyHead = Array("error code: \(status)".utf8) }
        case .asking(let status, let seconds):
            result.status = status
            details.retryAfter = "\(seconds)"
            details.bodyHead = Array("error code: \(status)".utf8)
        case .throttled(let seconds):
            result.status = 429
            details.retryAfter = "\(seconds)"
        case .putOff(let seconds):
            result.status = 503
            details.retryAfter = "\(seconds)"
        case .challenge:
            result.status = 403
            details.cfMitigated = "challenge"
        case .preconditionFailed: result.status = 412
        case .empty:
            transport(&result, curl: 52, errno: 0, [.connected])
            result.times.preTransferUs = 1
        case .reset: transport(&result, curl: 56, errno: 104, [.connected])
        case .refused: transport(&result, curl: 7, errno: 111, [])
        case .noRoute: transport(&result, curl: 7, errno: 101, [])
        case .noName: transport(&result, curl: 6, errno: 0, [])
        case .noResolver: transport(&result, curl: 6, errno: 0, [.resolverDown])
        case .noSocket: transport(&result, curl: 7, errno: 24, [])
        case .noPacket: transport(&result, curl: 7, errno: 0, [])
        }
        if isHTTP, let colo {
            result.flags.insert(.edge)
            details.server = "cloudflare"
            details.cfRay = "8c0ffee0deadbeef-" + colo
        }
        if self != .none || colo != nil { result.details = details }
    }

    private func transport(_ result: inout FetchResult, curl: Int32, errno: Int32, _ flags: FetchResult.Flags) {
        result.status = 0
        result.curlCode = curl
        result.osErrno = errno
        result.flags = flags.union(result.flags.intersection(.conditional))
        if flags.isEmpty { result.remoteAddress = nil }
        if hasSocket { result.flags.insert(.openedSocket) }
    }
}
