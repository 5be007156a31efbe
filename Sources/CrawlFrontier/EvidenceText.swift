import CrawlCore

extension JSONText {
    /// As `JSONDecoder` reads it: a member for each property that has a value.
    init(_ evidence: Evidence) {
        self.init()
        add("status", evidence.status)
        add("curlCode", evidence.curlCode)
        add("osErrno", evidence.osErrno)
        add("times", evidence.times)
        add("httpVersion", evidence.httpVersion)
        add("remoteIP", evidence.remoteIP)
        add("bytes", evidence.bytes)
        add("cfRay", evidence.cfRay)
        add("colo", evidence.colo)
        add("cfErrorType", evidence.cfErrorType)
        add("server", evidence.server)
        add("cfMitigated", evidence.cfMitigated)
        add("wafAction", evidence.wafAction)
        add("bodyMarker", evidence.bodyMarker)
        add("cfCode", evidence.cfCode)
        add("errorName", evidence.errorName)
        add("errorCategory", evidence.errorCategory)
        add("retryable", evidence.retryable)
        add("retryAfter", evidence.retryAfter)
        add("connectionEnd", evidence.connectionEnd)
        add("viaProxy", evidence.viaProxy)
        add("connectStatus", evidence.connectStatus)
        add("error", evidence.error)
    }
}
