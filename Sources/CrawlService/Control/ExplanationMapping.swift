import ControlAPI
import CrawlCore
import CrawlFrontier

extension Explanation {
    init(_ stored: StoredExplanation, view: CrawlLoop.View) {
        let waits = WaitText(stored.url, view, holder: stored.holder, queue: stored.queue)
        self.init(
            url: stored.url.url, state: waits.state, nextAttemptAt: waits.nextAttempt?.text, because: waits.reasons,
            incident: stored.incident?.description,
            ledger: LedgerRecord(stored.ledger, isCounted: stored.incident != nil || !waits.isGuarded),
            history: stored.attempts.map { AttemptRecord($0) })
        queue = waits.queue
        robots = stored.robotsFault?.name
        askedApart = view.apart[URLKey.origin(of: stored.url.id)].map {
            Apart(reason: $0.reason.rawValue, since: $0.since.text, until: $0.until?.text)
        }
    }
}

extension LedgerRecord {
    /// `isCounted`: what keeps the URL from being asked is no guard, or it is marked.
    init(_ stored: URLLedger, isCounted: Bool) {
        self.init(
            scope: stored.scope.rawValue, spent: stored.spent, wasted: stored.wasted,
            saved: isCounted ? stored.saved : nil)
    }
}

extension AttemptRecord {
    init(_ stored: StoredAttempt) {
        self.init(at: stored.at.text, outcome: stored.outcome.name)
        status = stored.status > 0 ? stored.status : nil
        guard let evidence = stored.evidence else { return }
        curlCode = evidence.curlCode == 0 ? nil : Int(evidence.curlCode)
        osErrno = evidence.osErrno == 0 ? nil : Int(evidence.osErrno)
        error = evidence.error
        remoteIP = evidence.remoteIP
        httpVersion = evidence.httpVersion
        server = evidence.server
        cfRay = evidence.cfRay
        colo = evidence.colo
        cfErrorType = evidence.cfErrorType
        cfMitigated = evidence.cfMitigated
        wafAction = evidence.wafAction
        cfCode = evidence.cfCode
        errorName = evidence.errorName
        errorCategory = evidence.errorCategory
        retryable = evidence.retryable
        retryAfter = evidence.retryAfter
        bodyMarker = evidence.bodyMarker
        connectionEnd = evidence.connectionEnd
        viaProxy = evidence.viaProxy
        connectStatus = evidence.connectStatus.map { Int($0) }
        let us = evidence.times.map { Int($0) }
        guard us.count == 5 else { return }
        times = Times(dns: us[0], connect: us[1], tls: us[2], firstByte: us[3], total: us[4])
        bytes = evidence.bytes
    }
}
