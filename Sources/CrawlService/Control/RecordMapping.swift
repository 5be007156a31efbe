import ControlAPI
import CrawlCore
import CrawlFrontier
import Foundation

/// What the store keeps, as users see it.
extension URLRecord {
    init(_ stored: StoredURL, view: CrawlLoop.View, defaultRecrawl: Recrawl) {
        let waits = WaitText(stored, view)
        // What is held back does not count yet.
        let health = stored.health.flatMap { $0.isHeldBack ? nil : $0 }
        self.init(
            url: stored.url, origin: stored.origin, state: waits.state,
            health: (health?.phase ?? .healthy).name, priority: stored.priority,
            recrawl: (stored.recrawl ?? defaultRecrawl).text, attempts: stored.attempts)
        dueAt = stored.dueAt?.text
        lastAttemptAt = stored.lastAt?.text
        lastOutcome = stored.lastOutcome?.name
        lastStatus = stored.lastStatus > 0 ? stored.lastStatus : nil
        run = health?.run.map { run in
            RunRecord(
                outcome: run.outcome.name, since: run.since.text, lastAt: run.lastAt.text,
                observations: run.observations, probeTimes: run.probeTimes, grade: run.grade?.name)
        }
        heldBecause = waits.because
        redirects = stored.redirects.map {
            RedirectRecord(status: $0.status, target: $0.target, permanent: $0.isPermanent, problem: $0.problem)
        }
        incident = stored.health?.mark?.incident.description
        etag = stored.content?.etag
        lastModified = stored.content?.lastModified
        askedAs = stored.content?.askedAs
        plainUntil = stored.content?.trust.plainUntil.flatMap { $0 > view.now ? $0.text : nil }
        bytes = stored.content?.bytes
        digest = stored.content?.digest.map { "sha256:" + $0.hex }
        meta = stored.meta.flatMap { try? JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
    }
}

extension IncidentRecord {
    init(_ stored: StoredIncident) {
        let facts = stored.facts
        self.init(
            id: facts.incident, event: facts.event.rawValue, scope: facts.scope.rawValue, cause: facts.cause,
            open: stored.closedAt == nil, firstAt: Instant(ms: facts.firstAtMs).text,
            lastAt: Instant(ms: facts.lastAtMs).text, markedAt: stored.markedAt.text,
            observations: facts.observations, urlsAffected: facts.urlsAffected, sample: facts.sample,
            requestsSpent: facts.requestsSpent, requestsSaved: facts.requestsSaved, relapses: facts.relapses)
        url = facts.url
        origin = facts.origin
        consumer = facts.consumer
        closedAt = stored.closedAt?.text
        how = stored.how
        grade = facts.grade
        previous = facts.previous
        evidence = AlertMessages.evidence(facts)
    }
}

extension AlertRecord {
    init(_ stored: StoredAlertDelivery) {
        self.init(
            alert: AlertMessages.message(stored.alert),
            deliveries: stored.deliveries.map {
                DeliveryRecord(
                    sink: $0.sink, state: $0.state.name, attempts: $0.attempts,
                    nextAt: $0.state == .waiting ? $0.nextAt.text : nil, error: $0.error)
            })
    }
}

extension StoredAlertDelivery.State {
    var name: String {
        switch self {
        case .waiting: "waiting"
        case .delivered: "delivered"
        case .givenUp: "given-up"
        case .heldBack: "held-back"
        }
    }
}

extension Instant {
    /// RFC 3339 in UTC with milliseconds.
    var text: String { Timestamp.text(ms) }
}

extension Recrawl {
    var text: String {
        switch self {
        case .never: RecrawlText.never.text
        case .every(let interval): RecrawlText.every(interval).text
        case .adaptive(let interval): RecrawlText.adaptive(interval).text
        }
    }

    init(_ text: RecrawlText) {
        self =
            switch text {
            case .never: .never
            case .every(let interval): .every(interval)
            case .adaptive(let interval): .adaptive(interval)
            }
    }
}

extension SitemapRecord {
    init(_ stored: StoredSitemapJob) {
        self.init(id: stored.id, url: stored.url, state: stored.state, askedAt: stored.askedAt.text)
        endedAt = stored.endedAt?.text
        documents = stored.documents
        documentsDone = stored.documentsDone
        documentsFailed = stored.documentsFailed
        entries = stored.entries
        new = stored.new
        known = stored.known
        rejected = stored.rejected
        rejections = stored.rejections.map { .init(reason: $0.reason, entries: $0.entries, sample: $0.sample) }
        foreign = stored.foreign
        reason = stored.reason
        reasonURL = stored.reasonURL
        if let until = stored.awaitsRobotsUntil {
            waitsBecause = "robots: robots.txt of other hosts whose pages it lists is awaited"
            nextAttemptAt = until.text
        }
    }

    /// What it is waiting for: `stored` is fetched next, or on its way.
    mutating func wait(for stored: StoredURL, _ view: CrawlLoop.View) {
        let waits = WaitText(stored, view)
        let first = waits.reasons.first.map { "\($0.rule): \($0.detail)" }
        waitsFor = stored.url
        waitsBecause = waits.because ?? first ?? "due: its turn comes"
        nextAttemptAt = waits.nextAttempt?.text
    }
}
