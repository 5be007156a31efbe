extension Evidence {
    /// What is worth keeping of `result`; texts from strangers are made safe.
    init(_ result: FetchResult, _ edge: EdgeMarks) {
        self.init()
        status = result.status
        curlCode = result.curlCode
        osErrno = result.osErrno
        let times = result.times
        self.times = [times.dnsUs, times.connectUs, times.tlsUs, times.firstByteUs, times.totalUs]
        httpVersion = result.httpVersion.text
        remoteIP = result.remoteAddress?.description
        bytes = result.bodyBytes
        cfRay = edge.ray
        colo = edge.colo
        cfErrorType = result.details?.cfErrorType.map(StrangersText.safe)
        server = result.details?.server.map(StrangersText.safe)
        cfMitigated = result.details?.cfMitigated.map(StrangersText.safe)
        wafAction = result.details?.wafAction.map(StrangersText.safe)
        bodyMarker = edge.bodyMarker
        cfCode = edge.code
        errorName = edge.document?.name
        errorCategory = edge.document?.category
        retryable = edge.document?.isRetryable
        connectStatus = result.details.flatMap { $0.connectStatus == 0 ? nil : $0.connectStatus }
        connectionEnd = result.connectionEnd?.rawValue
        viaProxy = result.flags.contains(.viaProxy)
        error = Self.error(of: result)
    }

    /// libcurl does not know what our recorder did.
    private static func error(of result: FetchResult) -> String? {
        if result.flags.contains(.recordingFailed) { return "the answer could not be recorded, and was cut off" }
        let told = result.details?.errorText.map(StrangersText.safe)
        guard result.flags.contains(.pausedByUs) else { return told }
        return "after waiting for our disk: " + (told ?? "cut")
    }
}
