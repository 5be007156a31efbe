/// What is remembered of a URL that is not simply fine: it exists from the first bad answer after a good one (the
/// start of the streak) to the next good answer, or until the incident is resolved.
package struct HealthRecord: Sendable, Hashable {
    package enum Phase: UInt8, Sendable, CaseIterable {
        /// No run of a class that the hour machine counts.
        case healthy = 0
        case suspect = 1
        case pending = 2
        case broken = 3
        /// Failed once and waits for a slot; its run begins when it has one.
        case waiting = 4
        /// Failed once and shares the incident of others of its origin.
        case partial = 5
        /// Our request is turned away, another dress is served.
        case softBlocked = 6

        /// As users see it.
        package var name: String {
            switch self {
            case .waiting: "suspect"
            case .partial: "broken"
            case .softBlocked: "soft-blocked"
            default: String(describing: self)
            }
        }
    }

    package var phase: Phase = .healthy
    package var streakSince: Instant
    /// The open run; nil when only neutral answers were seen since the last good one.
    package var run: Run?
    /// Doublings of the wait after serverError, truncated and edgeOther; belongs to the streak.
    package var level = 0
    /// Neutral answers in a row at the present step.
    package var neutralTries = 0
    /// Requests sent since the streak began.
    package var requests = 0
    /// HTTP/2 has failed in this streak: the URL is asked over HTTP/1.1.
    package var http1 = false
    /// The first answer of the streak failed, and was to a conditional request: it does not count yet.
    package var isHeldBack = false
    /// Set while broken.
    package var mark: Mark?
    /// The incident it shares, while `partial`.
    package var sharedIncident: ULID?
    /// nil = nothing is known of one.
    package var softBlock: SoftBlock?

    /// The incident it belongs to; nil = none.
    package var incident: ULID? { mark?.incident ?? sharedIncident }
    /// In burst or pending: an open run that may lead to a mark.
    package var isOpen: Bool { hasRun && !isHeldBack }
    /// Will be in burst or pending if the next answer fails alike.
    package var mayOpen: Bool { hasRun && isHeldBack }
    /// nil = its last answer that says anything of it was good: a mark may still have to be confirmed as over.
    var failingSince: Instant? { isIdle || (mark?.good ?? 0) > 0 ? nil : streakSince }
    /// How long it has failed, from its window's first observation.
    package func age(at moment: Instant) -> Duration { moment - (run?.since ?? streakSince) }
    private var hasRun: Bool { run != nil && (phase == .suspect || phase == .pending) }

    package init(streakSince: Instant) { self.streakSince = streakSince }

    /// Consecutive failing answers of one class, counted over one window: from the first observation on, without a gap.
    package struct Run: Sendable, Hashable {
        /// Of a window that mixes them, as a robots.txt's may, the first.
        package var outcome: Outcome
        /// How often each failure of a robots.txt was met; empty = it is no robots.txt's, or was written before mixes were
        /// counted: all were of `outcome`.
        package var met: [RobotsFailure: Int] = [:]
        /// The window's first observation.
        package var since: Instant
        package var lastAt: Instant
        package var observations: Int
        /// The whole burst is one; every later observation is one.
        package var probeTimes: Int
        /// Attempts of the burst made so far, the first included; 0 = this run has no burst.
        package var burstAttempts: Int
        package var grade: Grade?
        /// Which stretch of unbroken clock the window was observed in; see `Observation.timeline`.
        package var timeline: Int
        package var rays: [String] = []
        package var colos: [String] = []
        package var evidence: Evidence?

        /// As many as lead to a mark and more: an incident has those of before.
        package static let raysKept = 64
        package static let colosKept = AlertFacts.colosKept

        package init(
            outcome: Outcome, since: Instant, lastAt: Instant, observations: Int = 1, probeTimes: Int = 1,
            burstAttempts: Int, timeline: Int
        ) {
            self.outcome = outcome
            self.since = since
            self.lastAt = lastAt
            self.observations = observations
            self.probeTimes = probeTimes
            self.burstAttempts = burstAttempts
            self.timeline = timeline
        }
    }

    package struct Mark: Sendable, Hashable {
        package var incident: ULID
        /// Rechecks that failed so far.
        package var step = 0
        /// Good answers in a row.
        package var good = 0

        package init(incident: ULID) { self.incident = incident }
    }
}

/// One judged answer, as the machine sees it.
package struct Observation: Sendable {
    package var classification: Classification
    package var startedAt: Instant
    package var completedAt: Instant
    /// Counts clock jumps and whatever else voids all windows before it: a run from an earlier timeline restarts.
    package var timeline: Int
    /// Requests that it took.
    package var requests = 1
    /// It was asked with validators.
    package var isConditional = false
    /// It met a limit of our own machine, and nothing went out: it counts for nothing.
    package var isUnasked = false
    /// Storms and offline periods that touch it.
    package var cover: GuardCover
    /// What the server asked us to wait before the next attempt, at most `politeness.max_retry_after`; nil = nothing.
    package var wish: Duration?

    package init(
        classification: Classification, startedAt: Instant, completedAt: Instant, timeline: Int,
        cover: GuardCover = GuardCover()
    ) {
        self.classification = classification
        self.startedAt = startedAt
        self.completedAt = completedAt
        self.timeline = timeline
        self.cover = cover
    }
}
