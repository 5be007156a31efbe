/// What a URL is in, as stored; raw values never change. (`in-flight` is known to memory only.)
package enum URLState: UInt8, Sendable, CaseIterable {
    /// Due now or later.
    case scheduled = 1
    /// Kept back by a rule that says why.
    case held = 2
    /// Fetched, not due again.
    case done = 3
    case gone = 4
    case brokenOrigin = 5
    case softBlocked = 6
    case refused = 7

    package var name: String {
        switch self {
        case .scheduled: "scheduled"
        case .held: "held"
        case .done: "done"
        case .gone: "gone"
        case .brokenOrigin: "broken-origin"
        case .softBlocked: "soft-blocked"
        case .refused: "refused"
        }
    }

    package init?(name: some StringProtocol) {
        guard let state = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = state
    }
}

/// A health record behind a reference: rows of healthy URLs stay small.
package final class HealthBox: Sendable {
    package let record: HealthRecord
    package init(_ record: HealthRecord) { self.record = record }
}

/// What one attempt leads to: everything the store has to write, decided.
package struct Verdict: Sendable {
    package var id: Int64
    /// As leased; a row that was removed or revived since has another one, and the verdict is dropped.
    package var generation: Int64
    /// As leased. A row whose due time was changed since keeps the new one.
    package var leasedDueAt: Instant?
    package var stateBefore: URLState
    package var state: URLState
    package var outcome: Outcome
    /// HTTP status; 0 = none.
    package var status: Int32
    package var at: Instant
    /// For ordinary traffic; nil = not due.
    package var dueAt: Instant?
    /// For health traffic; nil = not due. Never set together with `dueAt`.
    package var healthDueAt: Instant?
    package var health: HealthBox?
    /// A health row existed when the URL was leased.
    package var hadHealth: Bool
    package var event: HealthMachine.Event?
    /// Of the incident that `event` is about.
    package var incident: ULID?
    /// nil = as stored.
    package var content: Content?
    /// False if a rule refused the URL before any request, or our own machine had no socket for it.
    package var wasAsked = true
    /// It was asked for by name only, and no request was sent.
    package var isLookUpOnly = false
    /// It cost a request.
    package var wasSent: Bool { wasAsked && !isLookUpOnly }
    /// What the answer brought; nil = nobody wants to know, see `SchedulerRules.keepsResults`.
    package var received: Received?
    /// Where the page stands in the archive from now on; nil = as stored, as for a revisit of the URL's own response.
    package var archived: ArchivedPage?
    var rare: RareBox?

    /// What few verdicts have; behind a reference, because thousands of verdicts wait for each commit.
    struct Rare: Sendable {
        var originBlock: OriginBlock?
        var targetDueAt: Instant?
        var recrawl: RecrawlChange?
        var refusal: Refusal?
        var redirect: Redirect?
        var redirectProblem: Redirect.Problem?
        var sitemap: SitemapFate?
        var origin: OriginChange?
        var isOnlyLook: Bool?
        var evidence: Evidence?
        var savedRate: SavedRate?
        var softBlock: SoftBlockChange?
        var isControl: Bool?
        var askedFor: ULID?
        var repeats: Int?
    }

    final class RareBox: Sendable {
        let rare: Rare
        init(_ rare: Rare) { self.rare = rare }
    }

    private func with<T>(_ path: WritableKeyPath<Rare, T?>, _ value: T?) -> RareBox? {
        if rare == nil, value == nil { return nil }
        var new = rare?.rare ?? Rare()
        new[keyPath: path] = value
        return RareBox(new)
    }

    /// nil = as stored.
    package var originBlock: OriginBlock? {
        get { rare?.rare.originBlock }
        set { rare = with(\.originBlock, newValue) }
    }
    /// nil = as stored.
    package var recrawl: RecrawlChange? {
        get { rare?.rare.recrawl }
        set { rare = with(\.recrawl, newValue) }
    }
    /// Set with state `refused`.
    package var refusal: Refusal? {
        get { rare?.rare.refusal }
        set { rare = with(\.refusal, newValue) }
    }
    package var redirect: Redirect? {
        get { rare?.rare.redirect }
        set { rare = with(\.redirect, newValue) }
    }
    /// The target is due no earlier, if it is new; nil = at once.
    package var targetDueAt: Instant? {
        get { rare?.rare.targetDueAt }
        set { rare = with(\.targetDueAt, newValue) }
    }
    /// A redirect that leads nowhere, or, with `redirect`, back to where its chain began.
    package var redirectProblem: Redirect.Problem? {
        get { rare?.rare.redirectProblem }
        set { rare = with(\.redirectProblem, newValue) }
    }
    /// The URL was asked because it is a sitemap; nil = it was not, or it will be asked again.
    package var sitemap: SitemapFate? {
        get { rare?.rare.sitemap }
        set { rare = with(\.sitemap, newValue) }
    }

    /// What the answer changes of its origin as a whole; nil = nothing.
    package var originChange: OriginChange? {
        get { rare?.rare.origin }
        set { rare = with(\.origin, newValue) }
    }
    /// A scout's answer that was not good: it counts as an attempt and changes nothing else of the URL.
    package var isOnlyLook: Bool {
        get { rare?.rare.isOnlyLook ?? false }
        set { rare = with(\.isOnlyLook, newValue ? true : nil) }
    }

    /// Of an answer that was not good.
    package var evidence: Evidence? {
        get { rare?.rare.evidence }
        set { rare = with(\.evidence, newValue) }
    }
    /// What a mark saves; set when the URL is marked, or its origin, or it joins a shared incident.
    package var savedRate: SavedRate? {
        get { rare?.rare.savedRate }
        set { rare = with(\.savedRate, newValue) }
    }

    package var softBlock: SoftBlockChange? {
        get { rare?.rare.softBlock }
        set { rare = with(\.softBlock, newValue) }
    }
    /// The answer to the control request of a proof: it is no answer of the URL's, only its health goes on.
    package var isControl: Bool {
        get { rare?.rare.isControl ?? false }
        set { rare = with(\.isControl, newValue ? true : nil) }
    }

    /// The incident of the origin for whose sake the URL, a scout, was asked; nil = it was asked for its own.
    package var askedFor: ULID? {
        get { rare?.rare.askedFor }
        set { rare = with(\.askedFor, newValue) }
    }
    /// Requests beside the last one, which failed: HTTP/2 did, and it was sent again over HTTP/1.1.
    package var repeats: Int {
        get { rare?.rare.repeats ?? 0 }
        set { rare = with(\.repeats, newValue > 0 ? newValue : nil) }
    }

    /// What the page was: kept for the record and for later conditional requests.
    package struct Content: Sendable, Hashable {
        /// Of the body as received.
        package var digest: Digest256?
        package var bytes: Int64
        package var etag: String?
        package var lastModified: String?
        /// Path and query that it was got with, which are asked from then on; nil = those of the URL itself. See
        /// `FetchDetails.respelling`.
        package var askedAs: String?
        package var trust = ValidatorTrust()

        package init(
            digest: Digest256?, bytes: Int64, etag: String?, lastModified: String?, askedAs: String? = nil
        ) {
            self.digest = digest
            self.bytes = bytes
            self.etag = etag
            self.lastModified = lastModified
            self.askedAs = askedAs
        }
    }

    /// An adaptive interval that moved.
    package struct RecrawlChange: Sendable, Hashable {
        /// As leased, nil = the configured default. A row that was given another one since keeps that.
        package var from: Recrawl?
        package var to: Recrawl

        package init(from: Recrawl?, to: Recrawl) {
            self.from = from
            self.to = to
        }
    }

    package var origin: Int64 { URLKey.origin(of: id) }

    /// It may change rows that others share, such as incidents and the origin's breaker; a URL that is simply fine shares
    /// none.
    package var mayShare: Bool {
        health != nil || hadHealth || event != nil
            || rare.map { $0.rare.origin != nil || $0.rare.softBlock != nil || $0.rare.askedFor != nil } ?? false
    }

    /// What is known of the origin has to be read again.
    func changesOrigin(before: HealthRecord?) -> Bool {
        if rewritesOthers { return true }
        return before?.phase == .partial && (health?.record.isIdle ?? true)
    }

    /// Its commit writes rows of other URLs of the origin.
    var rewritesOthers: Bool { originChange.map { $0.event != nil || $0.canary != nil } ?? false }
}

/// A URL's number: `origin << 40 | 40 bits of the path's hash`. The split leaves room for 8 million origins; two paths
/// of one origin that hash alike get neighbouring numbers.
package enum URLKey {
    package static let hashBits: Int64 = 40
    package static let hashMask: Int64 = (1 << 40) - 1
    /// The largest origin number that fits; one less than there are bits for, so that the number after it fits too.
    package static let maxOrigin: Int64 = (1 << 23) - 2

    /// Of a URL's number, or of the ticket of an origin's robots.txt.
    package static func origin(of id: Int64) -> Int64 { id >= 0 ? id >> hashBits : ~id }
    /// The ticket of the origin's robots.txt, which has no row among the URLs.
    package static func robots(of origin: Int64) -> Int64 { ~origin }
    package static func isRobots(_ id: Int64) -> Bool { id < 0 }
    /// Where a path is put whose number another one has: the next of the same origin.
    package static func next(after id: Int64) -> Int64 { (id & ~hashMask) | ((id &+ 1) & hashMask) }
    package static func make(origin: Int64, hash: UInt64) -> Int64 {
        origin << hashBits | Int64(truncatingIfNeeded: hash & UInt64(hashMask))
    }
}
