/// What an attempt came to: a closed set, exactly one for every attempt. Raw values are stored in rows and never
/// change; names are what users see.
package enum Outcome: UInt8, Sendable, CaseIterable, Codable {
    case success = 1
    case notModified = 2
    case redirected = 3
    case gone = 4
    case clientError = 5
    case throttled = 6
    /// 401, 403 or 451 given by the origin itself.
    case blocked = 7
    case serverError = 8
    /// 520, and what libcurl sees at an origin that would be one behind an edge.
    case unknownOriginError = 9
    /// 521.
    case originDown = 10
    /// 522.
    case connectTimeout = 11
    /// 523.
    case unreachable = 12
    /// 524.
    case responseTimeout = 13
    /// 525.
    case tlsHandshake = 14
    /// 526.
    case tlsCertificate = 15
    /// 530.
    case edgeResolve = 16
    /// 527 and other 5xx made by an edge.
    case edgeOther = 17
    case truncated = 18
    case tooLarge = 19
    case refusedByPolicy = 20
    case inconclusive = 21

    package var name: String { String(describing: self) }
}

/// What follows from an outcome; 3-health's table as a value.
package enum OutcomeKind: Sendable, Hashable {
    /// Ends run and streak.
    case good
    /// Neither counts nor ends; is no observation.
    case neutral
    /// Counts in the hour machine, in a run of its own class.
    case failing
    /// Ends a run of another class, not the streak; retried with a growing delay.
    case wavering
    /// A rule of ours refused it.
    case refused
}

extension Outcome {
    /// The kind; `byEdge` tells whether an edge (not the origin) made a `blocked` answer.
    package func kind(byEdge: Bool = false) -> OutcomeKind {
        switch self {
        case .success, .notModified, .redirected, .gone, .clientError, .tooLarge: .good
        case .blocked: byEdge ? .neutral : .good
        case .throttled, .inconclusive: .neutral
        case .unknownOriginError, .originDown, .connectTimeout, .unreachable, .responseTimeout, .tlsHandshake,
            .tlsCertificate, .edgeResolve:
            .failing
        case .serverError, .truncated, .edgeOther: .wavering
        case .refusedByPolicy: .refused
        }
    }

    /// The code an alert names as its `cause`; nil for outcomes that never reach a mark.
    package var cause: String? {
        switch self {
        case .unknownOriginError: "520"
        case .originDown: "521"
        case .connectTimeout: "522"
        case .unreachable: "523"
        case .responseTimeout: "524"
        case .tlsHandshake: "525"
        case .tlsCertificate: "526"
        case .edgeResolve: "530"
        default: nil
        }
    }
}

/// How sure a 520 is.
package enum Grade: UInt8, Sendable, Codable, CaseIterable {
    /// `cf-error-type`, or `server: cloudflare` with `cf-ray` and the body's marker, or with a document about that ray.
    case genuine = 1
    /// Edge headers only.
    case probable = 2
    /// No edge: libcurl saw the same failure at the origin.
    case direct = 3
    /// Status 520 without edge headers.
    case unattributed = 4

    package var name: String { String(describing: self) }
}

/// What is kept of an attempt to show why it was judged so. Texts are already cut and free of control characters.
package struct Evidence: Sendable, Hashable, Codable {
    package var status: Int32 = 0
    package var curlCode: Int32 = 0
    package var osErrno: Int32 = 0
    package var times: [UInt32] = []
    package var httpVersion: String?
    package var remoteIP: String?
    package var bytes: Int64 = 0
    /// Only if it matches `^[0-9a-f]{16}(-[A-Z]{3})?$`.
    package var cfRay: String?
    package var colo: String?
    package var cfErrorType: String?
    package var server: String?
    package var cfMitigated: String?
    /// `x-amzn-waf-action`.
    package var wafAction: String?
    /// The body's marker for its status: `error code: 520` or a `| 520:` title.
    package var bodyMarker: String?
    /// Cloudflare's own code: of a 1xxx page, or of the document about its error; nil = neither.
    package var cfCode: Int?
    /// `error_name` of that document.
    package var errorName: String?
    /// `error_category`: whose fault it is.
    package var errorCategory: String?
    package var retryable: Bool?
    /// Seconds that the server, or its edge, asked us to wait; nil = nothing usable.
    package var retryAfter: Int64?
    /// Why we ended the connection, see `ConnectionEnd`; nil = we did not.
    package var connectionEnd: String?
    package var viaProxy = false
    /// What a proxy answered to a CONNECT; nil = nothing, or none was sent.
    package var connectStatus: Int32?
    package var error: String?
    package init() {}
}

/// A judged attempt.
package struct Classification: Sendable {
    package var outcome: Outcome
    /// `blocked` made by an edge.
    package var byEdge = false
    /// Only for 520.
    package var grade: Grade?
    /// What the server asked us to wait (RFC 9110 §10.2.3); nil = nothing usable. Of a 3xx it is for its target.
    package var retryAfter: Duration?
    /// The code by which an edge throttles us; nil = it is not `throttled`, or by no such code.
    package var throttle: Int?
    /// HTTP/2 failed, and it was asked over HTTP/1.1: the origin is asked so from now on.
    package var prefersHTTP1 = false
    /// A 412 to a request with validators: nothing is said of the page.
    package var isPreconditionFailed = false
    /// nil for good outcomes: nobody asks for theirs.
    package var evidence: Evidence?

    package init(_ outcome: Outcome) { self.outcome = outcome }

    package var kind: OutcomeKind { outcome.kind(byEdge: byEdge) }
}
