/// Whether an origin as a whole is asked: the first URLs that fail together trip it, two URLs stand for all others then.
///
///     shut ──three open runs, none good──► suspect ──the canary's hour holds──► broken ──good canary and scout──► shut
///      ▲                                      │ a good answer                     │
///      └──────────────────────────────────────┴────── the canary alone is broken ─┘
///
/// Suspect: the *canary*, the URL whose run is oldest, keeps its schedule; at the trip and before each of its probes a
/// *scout* is asked, another URL of the origin: the one that was good last, then one that was never tried, then the
/// failing one that was asked longest ago. A good answer shuts the breaker for at least `tripPause`: then the URLs are
/// judged one by one.
///
/// Broken: canary and scout are asked in turn, by the canary's record, which carries the incident.
///
/// A suspect origin whose canary is proved soft-blocked turns our request away as a whole: it is *parked*, and nobody is
/// asked until an operator revives it, or the control profile asks for all of it from then on.
package struct OriginBreaker: Sendable, Hashable {
    package enum Phase: UInt8, Sendable, CaseIterable {
        case shut = 0
        case suspect = 1
        case broken = 2
        /// It turns our request away.
        case parked = 3
    }

    package var phase = Phase.shut
    /// The URL whose run decides; means nothing while shut.
    package var canary: Int64 = 0
    /// The other URL that is asked; nil = the store chooses one.
    package var scout: Int64?
    /// Suspect: the scout is asked before the canary is. Broken: it is the scout's turn.
    package var isScoutTurn = false
    /// Broken: the last good answer was the scout's.
    package var wasScoutGood = false
    /// Set while broken, or parked.
    package var incident: ULID?
    /// It does not trip before.
    package var noTripBefore: Instant?
    /// The last good answer that an open run had to be held against; kept only while there are open runs.
    package var lastGoodAt: Instant?
    /// When the origin was found well again; what had become due meanwhile returns over some time.
    package var releasedAt: Instant?
    /// What scouts met since the trip.
    package var looks = Looks()
    /// How many URLs it has, as counted when it broke.
    package var urls = 0
    /// Since when the control profile asks for all of it; nil = we ask.
    package var switchedAt: Instant?
    /// The last URL that was switched to the control profile, while no URL was good for us since; nil = none.
    package var switchedURL: Int64?
    /// Raised by an operator's hand: an answer from before no longer counts.
    package var version: Int64 = 0

    package init() {}

    /// Answers to scouts of a suspect origin, which count in no run: its incident tells of them too.
    package struct Looks: Sendable, Hashable {
        package var requests = 0
        /// As the canary's.
        package var failures = 0
        package var rays: [String] = []

        package init() {}

        /// As stored; what means nothing is none.
        package init(requests: Int, failures: Int, rays: [String]) {
            self.requests = min(max(requests, 0), 1 << 40)
            self.failures = min(max(failures, 0), 1 << 40)
            self.rays = Array(rays.prefix(HealthRecord.Run.raysKept))
        }

        mutating func note(_ classification: Classification, requests: Int, isAlike: Bool) {
            self.requests += requests
            guard isAlike else { return }
            failures += 1
            if let ray = classification.evidence?.cfRay, rays.count < HealthRecord.Run.raysKept { rays.append(ray) }
        }
    }

    /// After a good answer of a suspect origin.
    package static let tripPause = Duration.seconds(3600)

    /// All URLs but two wait.
    package var isHolding: Bool { phase != .shut }

    /// Nothing of it is worth a row.
    package var isBlank: Bool {
        var blank = OriginBreaker()
        blank.version = version
        return self == blank && version == 0
    }

    /// A URL's run that is open, of a class that can mark.
    package struct OpenRun: Sendable, Hashable {
        package var outcome: Outcome
        package var since: Instant
        package init(outcome: Outcome, since: Instant) {
            self.outcome = outcome
            self.since = since
        }
    }

    /// The canary that `runs` ask for, if `threshold` URLs fail with one class and no URL was good since the oldest of
    /// these runs began; nil = the origin is not suspect. A threshold of 0 never trips.
    ///
    /// `marked`: URLs with an incident of their own, whose runs are open too, parked ones among them. Each counts for two:
    /// it has failed for an hour, or was proved to turn us away, which no URL of the origin disproved. Of an origin whose
    /// URLs come seldom they would be marked one after the other, each with an alert, and three never be in burst or
    /// pending at a time.
    ///
    /// `heldBack`: URLs whose conditional request failed. They count beside a run that is open, and are no reason without
    /// one.
    package func canary(
        for runs: [Int64: OpenRun], heldBack: [Int64: OpenRun] = [:], marked: [Int64: OpenRun] = [:], threshold: Int,
        lastGoodAt: Instant?, now: Instant
    ) -> Int64? {
        guard phase == .shut, threshold > 0, runs.count + heldBack.count + 2 * marked.count >= threshold,
            noTripBefore.map({ $0 <= now }) ?? true
        else { return nil }
        func isSince(_ run: OpenRun) -> Bool { lastGoodAt.map { $0 < run.since } ?? true }
        for (outcome, same) in Dictionary(grouping: runs, by: \.value.outcome) {
            guard let oldest = same.min(by: { ($0.value.since, $0.key) < ($1.value.since, $1.key) }),
                isSince(oldest.value)
            else { continue }
            let others = marked.values.count { $0.outcome == outcome && isSince($0) }
            let alike = heldBack.values.count { $0.outcome == outcome && isSince($0) }
            if same.count + alike + 2 * others >= threshold { return oldest.key }
        }
        return nil
    }

    package mutating func trip(canary: Int64, scout: Int64?) {
        phase = .suspect
        self.canary = canary
        self.scout = scout == canary ? nil : scout
        isScoutTurn = true
        looks = Looks()
        releasedAt = nil
        noTripBefore = nil
    }

    /// A URL of the origin is good: marks are per URL.
    package mutating func shut(at: Instant) {
        open()
        noTripBefore = at + Self.tripPause
    }

    /// The canary's hour holds.
    package mutating func mark(_ incident: ULID) { hold(.broken, incident) }

    /// It turns our request away, and nobody asks.
    package mutating func park(canary: Int64, _ incident: ULID) {
        self.canary = canary
        hold(.parked, incident)
    }

    /// It turns our request away, and the control profile asks from now on.
    package mutating func switchOver(at: Instant) {
        open()
        switchedAt = at
        switchedURL = nil
    }

    /// The incident is over, or only the canary's: all others are free.
    package mutating func release(at: Instant) {
        open()
        releasedAt = at
    }

    private mutating func hold(_ phase: Phase, _ incident: ULID) {
        self.phase = phase
        self.incident = incident
        isScoutTurn = false
        wasScoutGood = false
    }

    private mutating func open() {
        phase = .shut
        canary = 0
        incident = nil
        isScoutTurn = false
        wasScoutGood = false
        looks = Looks()
    }

    /// What is leased of the origin while it holds.
    package var look: LeaseRequest.Look? {
        isHolding ? LeaseRequest.Look(canary: canary, scout: scout, wantsScout: isScoutTurn) : nil
    }

    /// How far apart requests are, so that what had become due while the origin was broken returns over `spread`; nil
    /// = as ever.
    package func pace(now: Instant, spread: Duration) -> Duration? {
        guard phase == .shut, let releasedAt, urls > 0, now < releasedAt + spread, now >= releasedAt else { return nil }
        return .milliseconds(spread.ms / Int64(urls))
    }
}
