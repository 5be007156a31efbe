import ControlAPI
import CrawlCore
package import CrawlFrontier

/// The state that users see, and what keeps the URL from being asked.
struct WaitText {
    var state: String
    /// The heaviest first; empty = it is due, and its turn comes.
    var reasons: [Explanation.Reason] = []
    /// What a record says in `held_because`; nil = nothing but its due time, or its turn.
    var because: String?
    /// The earliest moment, as far as it is known; nil = it is not, or there is none.
    var nextAttempt: Instant?
    /// What `nextAttempt` would be if the answer that is awaited came at once.
    private var afterAnswer: Instant?
    /// A storm or being offline keeps it.
    private(set) var isGuarded = false
    /// Of a URL that is due and has others before it.
    private(set) var queue: Explanation.Queue?
    private let holder: StoredExplanation.Holder?

    /// `holder`, `queue`: only for a full explanation.
    init(
        _ stored: StoredURL, _ view: CrawlLoop.View, holder: StoredExplanation.Holder? = nil,
        queue rows: QueuePlace.Rows? = nil
    ) {
        state = stored.state.name
        self.holder = holder
        if let due = stored.dueAt, due < .distantFuture { nextAttempt = max(due, view.now) }
        if view.inFlight.contains(stored.id) {
            state = "in-flight"
            reasons = [.init(rule: state, detail: "a request is on its way")]
            return
        }
        ownReasons(stored, view)
        if stored.state == .scheduled || stored.dueAt.map({ $0 < .distantFuture }) ?? false {
            originReasons(stored, view)
        }
        if let rows { queue(rows, stored, view) }
        notStored(stored, view)
        if let due = stored.dueAt, due > view.now, due < .distantFuture, stored.state == .scheduled {
            reasons.append(.init(rule: "not-due", detail: Self.notDue(stored), until: due.text))
        }
    }

    /// An answer that could not be stored.
    private mutating func notStored(_ stored: StoredURL, _ view: CrawlLoop.View) {
        let own = view.putBack[stored.id]
        guard let until = own ?? view.putBack[URLKey.robots(of: URLKey.origin(of: stored.id))] else { return }
        let what = own == nil ? "the last answer for its robots.txt" : "its last answer"
        if because == nil { because = "not-stored" }
        reasons.append(
            .init(
                rule: "not-stored", detail: "\(what) could not be stored; the log says why, and it is asked again",
                until: until.text))
        nextAttempt = nextAttempt.map { max($0, until) }
    }

    /// What the URL itself has met.
    private mutating func ownReasons(_ stored: StoredURL, _ view: CrawlLoop.View) {
        switch stored.state {
        case .scheduled: break
        case .refused:
            because = stored.refusal?.description
            guard let refusal = stored.refusal else {
                reasons = [
                    .init(rule: "refused", detail: "by a rule that is no longer known; crawlctl revive asks again")
                ]
                break
            }
            reasons = [.init(rule: refusal.rule.name, detail: [refusal.value, refusal.ending].joined(separator: "; "))]
        case .brokenOrigin:
            reasons = [.init(rule: "broken-origin", detail: Self.mark(stored, view), until: stored.dueAt?.text)]
        case .softBlocked:
            let isSwitched = stored.health?.softBlock?.isSwitched ?? false
            reasons = [
                .init(
                    rule: "soft-blocked",
                    detail: "\(Self.run(stored)) to our own request, while \(view.control) is served; "
                        + (isSwitched ? "it is asked as that one from now on" : Self.revival(stored)),
                    until: isSwitched ? nextAttempt?.text : nil)
            ]
        case .held:
            let isPartial = stored.health?.phase == .partial
            because = isPartial ? "partial" : "probe-slots"
            reasons = [
                .init(
                    rule: because ?? "",
                    detail: isPartial
                        ? "it shares the incident of other broken URLs of its origin, and is asked once a day"
                        : "as many URLs of its origin are being probed as health.probe_slots allows; it gets a slot in "
                            + "the order of the first failures, and is asked once a day until then",
                    until: stored.dueAt?.text)
            ]
        case .done:
            reasons = [
                .init(rule: "done", detail: "fetched, and it has no recrawl interval; enqueue --force asks it again")
            ]
        case .gone:
            reasons = [
                .init(
                    rule: "gone", detail: "it answered \(stored.lastStatus); enqueue --force asks it again",
                    until: stored.dueAt?.text)
            ]
        }
    }

    /// What holds all of its origin.
    private mutating func originReasons(_ stored: StoredURL, _ view: CrawlLoop.View) {
        // What has a reason of its own keeps that, and its state; rechecks and daily tries wait for the others too.
        let isOwn = stored.state != .scheduled
        if let hold = stored.hold, isOwn {
            guard let holder, holder.id != stored.id, hold.name != reasons.first?.rule else {
                if holder.map({ $0.id == stored.id && !$0.isAskedNext }) ?? false { nextAttempt = nil }
                return waits(stored, view)
            }
            reasons.append(
                .init(
                    rule: hold.name, detail: hold.detail(by: holder, view) + held(hold, view),
                    until: holder.askedAt?.text))
            nextAttempt = nil
        } else if let hold = stored.hold {
            let isOwn = stored.health?.isOpen ?? false
            state =
                switch hold {
                case .originBroken where isOwn: URLState.brokenOrigin.name
                case .softBlocked where isOwn: URLState.softBlocked.name
                default: URLState.held.name
                }
            because = hold.name
            reasons.append(
                .init(
                    rule: hold.name, detail: hold.detail(by: holder, view) + held(hold, view),
                    until: holder?.askedAt?.text))
            // All others wait for what the holder is answered.
            let isNext = holder.map { $0.id == stored.id && $0.isAskedNext } ?? false
            nextAttempt = isNext ? holder?.askedAt.map { max($0, view.now) } : nil
        }
        waits(stored, view)
    }

    /// What stops its requests, whatever it is asked for.
    private mutating func waits(_ stored: StoredURL, _ view: CrawlLoop.View) {
        let isDue = stored.dueAt.map { $0 <= view.now } ?? false
        let isOwn = stored.state != .scheduled
        if view.isPaused {
            nextAttempt = nil
            if because == nil, isDue, !isOwn { because = "paused" }
            reasons.append(.init(rule: "paused", detail: "by an operator; crawlctl resume goes on"))
        }
        if let storage = view.storage {
            nextAttempt = nil
            if because == nil, isDue, !isOwn { because = storage.rule }
            reasons.append(.init(rule: storage.rule, detail: storage.detail))
        }
        suspicion(stored, view, isDue: isDue)
        if let name = view.name, let since = name.failingSince, name.isTold(view.now) {
            reasons.append(
                .init(
                    rule: WaitRule.dns.name,
                    detail: "no answer since \(since.text), cannot be told from our resolver's fault"))
        }
        guard let wait = view.waits[URLKey.origin(of: stored.id)] else { return }
        if because == nil, isDue, !isOwn { because = wait.text }
        let detail = [wait.detail, wait.ending].compactMap(\.self).joined(separator: "; ")
        reasons.append(.init(rule: wait.rule.name, detail: detail, until: wait.until?.text))
        switch wait {
        case .storm, .offline:
            isGuarded = true
            // Whose turn it is to be sampled is not known here, and either may end sooner than that.
            return nextAttempt = nil
        case .blocked, .budget, .originBudget, .robots, .suspect, .name, .address, .origin, .all, .crawlDelay,
            .localLimit:
            break
        }
        if let until = wait.until {
            nextAttempt = nextAttempt.map { max($0, until) }
        } else if isDue {
            // An answer that is under way comes before the gap is over, as a rule.
            if case .origin = wait { afterAnswer = nextAttempt }
            nextAttempt = nil
        }
    }

    /// What goes before it at its origin, and the time that this takes.
    private mutating func queue(_ rows: QueuePlace.Rows, _ stored: StoredURL, _ view: CrawlLoop.View) {
        let origin = URLKey.origin(of: stored.id)
        guard var pace = view.paces[origin], let due = stored.dueAt else { return }
        let place = QueuePlace(rows, picks: pace.picks)
        if let until = view.waits[origin]?.until { pace.readyAt = max(pace.readyAt, until) }
        let estimate = pace.time(after: place.ahead ?? QueuePlace.limit)
        if view.suspects[stored.id] == nil { nextAttempt = (nextAttempt ?? afterAnswer).map { max($0, estimate) } }
        if pace.isCrowded, due <= view.now { nextAttempt = nil }
        guard due <= view.now, place.ahead != 0 else { return }
        queue = Explanation.Queue(place: place.ahead.map { $0 + 1 }, of: place.of)
        let isKnown = pace.gap > .zero && nextAttempt != nil
        let ms = (estimate - view.now).ms
        let detail: String
        if let ahead = place.ahead {
            let all = place.of.map { CountText.text($0) } ?? "more than \(CountText.text(QueuePlace.limit))"
            detail =
                "\(CountText.ordinal(ahead + 1)) of \(all) at its origin"
                + (isKnown ? ", in about \(SpanText.about(ms: ms))" : "")
        } else {
            detail =
                "behind more than \(CountText.text(QueuePlace.limit))"
                + (isKnown ? ", over \(SpanText.text(ms: ms))" : "")
        }
        reasons.append(.init(rule: "queue", detail: detail))
    }

    /// It may be what the daemon died of.
    private mutating func suspicion(_ stored: StoredURL, _ view: CrawlLoop.View, isDue: Bool) {
        guard let wait = view.suspects[stored.id] else { return }
        if because == nil, isDue {
            because = "suspect: it \(wait.text)" + (wait.until.map { ", until \($0.text)" } ?? "")
        }
        reasons.append(.init(rule: "suspect", detail: "it \(wait.text)", until: wait.until?.text))
        guard isDue else { return }
        nextAttempt = wait.until
    }

    /// The holder's own story.
    private func held(_ hold: OriginRobots.Hold, _ view: CrawlLoop.View) -> String {
        guard let run = holder?.run else {
            guard let outcome = holder?.lastOutcome else { return "" }
            let status = holder.map { $0.lastStatus > 0 ? " \($0.lastStatus)" : "" } ?? ""
            return ": it was answered with \(outcome.name)\(status)"
        }
        let told = ": \(run.told) since \(run.since.text), \(CountText.text(run.observations, "observation"))"
        guard hold == .originBroken, let next = holder?.askedAt else { return told }
        let look = NextLook(view.health, run: run, mark: nil, lookedAt: run.lastAt, at: next)
        return "\(told); \(RecheckText.text(look, now: view.now))"
    }

    private static func run(_ stored: StoredURL) -> String {
        guard let run = stored.health?.run else { return "an error" }
        return "\(run.told) since \(run.since.text)"
    }

    private static func revival(_ stored: StoredURL) -> String {
        stored.hold == .softBlocked
            ? "so is all of its origin, and crawlctl revive --origin asks again" : "crawlctl revive asks again"
    }

    private static func mark(_ stored: StoredURL, _ view: CrawlLoop.View) -> String {
        guard let run = stored.health?.run else { return "marked; crawlctl revive asks it again" }
        return "\(run.told) since \(run.since.text), \(CountText.text(run.observations, "observation")) at "
            + "\(CountText.text(run.probeTimes, "probe time")); only canaries are sent" + look(stored, run, view)
    }

    /// When the next canary comes, and why then; none comes for a URL that its origin holds.
    private static func look(_ stored: StoredURL, _ run: HealthRecord.Run, _ view: CrawlLoop.View) -> String {
        guard let due = stored.dueAt, due < .distantFuture, stored.hold == nil else { return "" }
        let lookedAt = max(run.lastAt, stored.lastAt ?? run.lastAt)
        let look = NextLook(view.health, run: run, mark: stored.health?.mark, lookedAt: lookedAt, at: due)
        return "; \(RecheckText.text(look, now: view.now))"
    }

    private static func notDue(_ stored: StoredURL) -> String {
        guard let health = stored.health else { return "it is due later" }
        guard !health.isHeldBack else {
            return "\(stored.lastOutcome?.name ?? "a failure") was the answer to a conditional request: it is asked "
                + "without validators before that counts"
        }
        switch health.phase {
        case .suspect:
            return "a burst of retries after \(health.run?.told ?? "a failure")" + wish(health)
        case .pending:
            return "the next probe of an hour of \(health.run?.told ?? "failures") since "
                + "\(health.run?.since.text ?? "-")" + wish(health)
        default: return "a retry after \(stored.lastOutcome?.name ?? "a failure"), later each time" + wish(health)
        }
    }

    /// What the last answer of the run said of itself, and asked for.
    private static func wish(_ health: HealthRecord) -> String {
        guard let last = health.run?.evidence else { return "" }
        var text = ""
        let words = [last.errorName, last.errorCategory.map { "a fault of \($0)" }].compactMap(\.self)
        if !words.isEmpty { text += "; Cloudflare calls it \(words.joined(separator: ", "))" }
        if let seconds = last.retryAfter, seconds > 0 {
            text += "; its server asked for \(DurationText.text(.seconds(seconds))) of quiet (Retry-After)"
        }
        return text
    }
}

extension CrawlLoop.View {
    fileprivate var control: String {
        controlProfile.isEmpty ? "the control profile" : "profile \(controlProfile)"
    }
}

extension Refusal {
    /// What the rule met.
    fileprivate var value: String {
        switch rule {
        case .robots, .crawlDelay: text
        case .addressGuard: text.isEmpty ? "its address is not public" : "its address \(text) is not public"
        case .requestTooLarge: "URL and headers together are longer than a request may be"
        }
    }

    /// No time ends it.
    fileprivate var ending: String {
        switch rule {
        case .robots: "it is asked when a newer robots.txt allows it"
        case .crawlDelay: "it is asked when robots.txt asks for less, or politeness.max_crawl_delay allows more"
        case .addressGuard: "it is asked when fetch.allow_addresses is changed, or after crawlctl revive"
        case .requestTooLarge: "crawlctl revive asks again"
        }
    }
}

extension OriginRobots.Hold {
    fileprivate func detail(by holder: StoredExplanation.Holder?, _ view: CrawlLoop.View) -> String {
        switch self {
        case .robotsUnreachable: "robots.txt cannot be had, and no copy may be used: RFC 9309 §2.3.1.4"
        case .originBroken where holder.map { URLKey.isRobots($0.id) } ?? false:
            "all of the origin is broken, as its robots.txt shows; only that is asked"
        case .originBroken: "all of the origin is broken; only canary and scout are asked"
        case .originSuspect: "several URLs of the origin fail and none is good; only canary and scout are asked"
        case .softBlocked:
            "the origin turns our own request away, while \(view.control) is served; crawlctl revive --origin asks again"
        }
    }
}

extension StoredURL {
    /// The state that users see, by its name in `URLState`.
    package func shownState(_ view: CrawlLoop.View) -> String { WaitText(self, view).state }
}
