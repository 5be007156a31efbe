import ControlAPI
import CrawlCore
import CrawlFrontier

extension Explanation {
    init(_ stored: StoredExplanation, view: CrawlLoop.View) {
        let waits = WaitText(stored.url, view)
        let isNever = stored.url.dueAt.map { $0 >= .distantFuture } ?? true
        self.init(
            url: stored.url.url, state: waits.state,
            nextAttemptAt: isNever ? nil : max(stored.url.dueAt ?? view.now, view.now).text, because: waits.reasons,
            incident: stored.incident?.description, requestsSaved: stored.saved,
            history: stored.attempts.map { AttemptRecord($0) })
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
        cfCode = evidence.cfCode
        bodyMarker = evidence.bodyMarker
        viaProxy = evidence.viaProxy
        bytes = evidence.bytes
    }
}
