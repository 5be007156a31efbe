/// A name that is to be looked up: a host as canonical URLs have it, neither a literal address nor longer than 253 bytes.
package struct NameQuestion: Sendable, Hashable {
    /// Given back in the replies; unique among what is under way.
    package var ticket: Int64
    /// Lower-case ASCII, without a dot at its end.
    package var host: String
    /// The look-up says something of the site: it is worth asking a failure twice, and whether the server answers others.
    package var isJudged: Bool

    package init(ticket: Int64, host: String, isJudged: Bool = true) {
        self.ticket = ticket
        self.host = host
        self.isJudged = isJudged
    }
}

/// What came of a look-up. Every question gets exactly one reply that is `done`, and may get `slow` before.
package struct NameReply: Sendable {
    package enum News: Sendable, Hashable {
        /// No server answered within a second: it may take long, and is no longer counted among the look-ups under way.
        case slow
        case done(NameAnswer)
    }

    package var ticket: Int64
    package var news: News

    package init(ticket: Int64, _ news: News) {
        self.ticket = ticket
        self.news = news
    }
}

/// What the servers say of a name, both families together.
package struct NameAnswer: Sendable, Hashable {
    package enum Finding: Sendable, Hashable {
        /// At least one. Alternating families are not made here: the addresses of each family stand in the server's order,
        /// IPv4 first, each once. `ttl`: the least of the records and of the names that led to them (RFC 1035 §3.2.1),
        /// never below zero; nil = no server said it (the hosts file, `localhost`).
        case addresses([IPAddress], ttl: Duration?)
        /// NXDOMAIN: there is no such name (RFC 8020). `ttl`: how long that holds, as the SOA says (RFC 2308 §5); nil = it
        /// does not.
        case noName(ttl: Duration?)
        /// The name exists and has no address of a family that was asked for (RFC 2308 §2.2). `ttl`: as above.
        case noAddress(ttl: Duration?)
        case failed(NameFailure)
    }

    package var finding: Finding
    /// When the first question of it went out, and when the finding was known. What waited in our own queue lies before.
    package var begunAt: Instant
    package var endedAt: Instant

    package init(_ finding: Finding, begunAt: Instant, endedAt: Instant) {
        self.finding = finding
        self.begunAt = begunAt
        self.endedAt = endedAt
    }
}

/// Why a look-up says nothing of the name.
package struct NameFailure: Sendable, Hashable {
    package enum Kind: UInt8, Sendable, Hashable, CaseIterable {
        /// SERVFAIL, or another code that is no answer.
        case serverFailure
        /// REFUSED by every server.
        case refused
        /// No server answered in time.
        case timedOut
        /// What came cannot be read as an answer, or leads nowhere: a loop of CNAMEs, one without an end.
        case garbled
        /// It has addresses, but only of a family that we do not connect by.
        case otherFamily
        /// Nothing could be asked: our own machine had no descriptor or memory for it; `errno` says which.
        case lacking

        package var name: String {
            switch self {
            case .serverFailure: "SERVFAIL"
            case .refused: "REFUSED"
            case .timedOut: "no answer"
            case .garbled: "no readable answer"
            case .otherFamily: "no address of a family that can be reached"
            case .lacking: "no socket"
            }
        }
    }

    package var kind: Kind
    /// It came again at a second look-up, at least 5 s after the first one's end.
    package var isConfirmed = false
    /// The servers that failed answered another name within the last 60 s, or a control question: it is not theirs.
    package var answersOthers = false
    /// Of `lacking`; 0 otherwise.
    package var errno: Int32 = 0

    package init(_ kind: Kind) { self.kind = kind }
}

/// Looks names up. `CrawlResolve` has the one that asks name servers; a simulation passes one of its own.
package protocol NameResolver: Sendable {
    /// Called once, before the first `lookUp`. `deliver` may be called from any queue, with many replies at a time.
    func start(_ deliver: @escaping @Sendable ([NameReply]) -> Void) throws

    /// Queues every question; how many are under way at a time is the resolver's to bound.
    func lookUp(_ questions: [NameQuestion])

    /// Which families it asks for: what it gives no address of, our machine has no way to, or the operator does not want.
    var families: NameFamilies { get }

    /// Ends what is under way, without replies.
    func stop()
}

package struct NameFamilies: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let v4 = NameFamilies(rawValue: 1)
    package static let v6 = NameFamilies(rawValue: 2)
    package static let both: NameFamilies = [.v4, .v6]
}

/// What the resolver does, for `status`.
package struct ResolverFigures: Sendable, Hashable {
    /// Questions that were sent and are not answered: one for each family.
    package var inFlight = 0
    /// Of these, those that take longer than a second.
    package var slow = 0
    /// How many may be sent at a time now.
    package var window = 0
    /// Names that wait to be asked for.
    package var waiting = 0
    /// Look-ups that have ended since the start, and of these the ones that gave no address.
    package var done = 0
    package var failed = 0
    /// The servers, as configured; empty = names are libcurl's own matter.
    package var servers: [String] = []

    package init() {}
}
