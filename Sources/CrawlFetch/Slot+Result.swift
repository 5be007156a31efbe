internal import CrawlCore
internal import Crypto
internal import CurlKit
internal import Glibc

extension Slot {
    /// That the request is sent.
    var sending: FetchResult {
        var result = FetchResult(ticket: ticket, startedAt: startedAt, completedAt: startedAt)
        result.flags = [.isOnlySent, socketsOpened > 0 ? .openedSocket : .reusedConnection]
        result.times.preTransferUs = preTransferUs
        return result
    }

    /// That the request goes on to another address.
    var moving: FetchResult {
        var result = FetchResult(ticket: ticket, startedAt: startedAt, completedAt: startedAt)
        result.flags = .isOnlyMoved
        result.failedAddresses = UInt8(clamping: failedAddresses)
        return result
    }

    /// From the start to the sending, at least 1.
    private var preTransferUs: UInt32 { max(1, UInt32(clamping: (sentNs - min(sentNs, startedNs)) / 1000)) }

    /// The facts of the request that just ended with `code`; its handle is out of the multi handle already.
    mutating func result(code: Int32, at now: Instant, _ nanoseconds: UInt64) -> FetchResult {
        readHeld()  // of a header block that was cut
        let info = easy.info
        var result = FetchResult(ticket: ticket, startedAt: startedAt, completedAt: now)
        result.curlCode = code
        result.status = status
        result.flags = flags
        result.route = route
        result.failedAddresses = UInt8(clamping: failedAddresses)
        result.route.http1 = route.http1 || flags.contains(.retriedOverHTTP1)
        result.bodyBytes = bodyBytes
        result.httpVersion = HTTPVersion(rawValue: UInt8(clamping: info.httpVersion)) ?? .unknown
        if result.httpVersion == .unknown, agreedOnHTTP2 { result.httpVersion = .http2 }
        result.times.dnsUs = UInt32(clamping: info.nameLookupUs)
        result.times.connectUs = UInt32(clamping: info.connectUs)
        result.times.tlsUs = UInt32(clamping: info.tlsUs)
        if sentNs > 0 { result.times.preTransferUs = preTransferUs }
        result.times.firstByteUs = UInt32(clamping: info.firstByteUs)
        result.times.totalUs = UInt32(clamping: (nanoseconds - min(nanoseconds, startedNs)) / 1000)
        // What was only tried has an address too, but no local port.
        if info.localPort != 0, let address = primaryAddress {
            if route.proxy == nil { result.remoteAddress = address }
            result.flags.insert(.connected)
            if info.newConnections == 0 { result.flags.insert(.reusedConnection) }
            if flags.contains(.https), info.tlsUs > 0 && hasTunnel(info) || info.newConnections == 0 {
                result.flags.insert(.tlsEstablished)
            }
        }
        if !isWhole(result) {
            result.flags.formUnion(marks)
        } else if isEndedByUs {
            // The answer is what it is; what it cost the worker is its origin's.
            result.flags.insert(.overdrew)
        }
        if socketsRefused > 0, socketsOpened == 0 { result.flags.insert(.addressRefused) }
        if flags.contains(.headersComplete), status != 304 { result.digest = digest }
        if tellsContentType, flags.contains(.headersComplete) { result.contentType = bytes(.contentType) }
        if socketsOpened > 0, socketErrno == 0 { result.flags.insert(.openedSocket) }
        if code != CurlCode.ok, hasSentPacket { result.flags.insert(.sentPacket) }
        if code != CurlCode.ok { result.osErrno = osErrno(code, result.flags, Int32(clamping: info.osErrno)) }
        if code == CurlCode.operationTimedOut, sendsTo != nil, socketsOpened == 0, socketsRefused == 0,
            !result.flags.contains(.connected)
        {
            result.flags.insert(.awaitedConnection)
        }
        if let sendsTo, let failure = FailedConnect(result) {
            if sendsTo[failedAddresses] != nil { result.failedAddresses = UInt8(clamping: failedAddresses + 1) }
            if let told = failedConnect, told.tells(before: failure) {
                result.curlCode = told.code
                result.osErrno = told.errno
                result.flags.formUnion(told.marks)
            }
        }
        var details = details(code: code)
        if kept?.isCodingCut ?? false { result.flags.insert(.codingCut) }
        // A short body may be told from a coded one at its end only.
        if kept?.isOverLimit ?? false { result.flags.insert(.bodyOverLimit) }
        if wasHeld, code != CurlCode.ok, !result.flags.contains(.bodyOverLimit) { result.flags.insert(.pausedByUs) }
        if result.flags.contains(.addressRefused) { details?.refusedAddress = refusedAddress }
        if route.proxy != nil {
            details?.connectStatus = Int32(clamping: info.connectStatus)
            details?.proxyError = Int32(clamping: info.proxyError)
        }
        result.details = details
        return result
    }

    /// Its end was told by the server, and not by the end of the connection.
    private func isWhole(_ result: FetchResult) -> Bool {
        result.curlCode == CurlCode.ok && (contentLength >= 0 || result.httpVersion == .http2)
    }

    /// A TLS time is the server's, not that of a proxy that is itself spoken to over TLS.
    private func hasTunnel(_ info: TransferInfo) -> Bool {
        route.proxy == nil || isSOCKS || info.connectStatus / 100 == 2
    }

    private var primaryAddress: IPAddress? {
        guard let text = easy.primaryAddress, text.pointee != 0 else { return nil }
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 { return IPAddress(v4: UInt32(bigEndian: v4.s_addr)) }
        return text.withMemoryRebound(to: UInt8.self, capacity: strlen(text)) {
            IPAddress(UnsafeBufferPointer(start: $0, count: strlen(text)))
        }
    }

    /// libcurl has no number for what failed in our own callback, and none for a look-up that it could not begin.
    private func osErrno(_ code: Int32, _ flags: FetchResult.Flags, _ told: Int32) -> Int32 {
        if socketErrno != 0, code == CurlCode.abortedByCallback || !flags.contains(.connected) {
            // The kernel knows no sockets of one family: what the other's met is the answer.
            let isOther = flags.contains(.sentPacket) && LocalFault(errno: socketErrno) != .exhausted
            return isOther && code != CurlCode.abortedByCallback && told != 0 ? told : socketErrno
        }
        guard code == CurlCode.couldNotResolveHost, easy.errorText == EasyHandle.noLookUp else { return told }
        return commons.connections.book.lack ?? ENOMEM
    }

    private var digest: Digest256 {
        guard let hash else { return Self.emptyDigest }
        return Self.words(of: hash.finalize())
    }

    private static let emptyDigest = words(of: SHA256().finalize())

    private static func words(of digest: SHA256.Digest) -> Digest256 {
        digest.withUnsafeBytes { bytes in
            func word(_ i: Int) -> UInt64 {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: i * 8, as: UInt64.self))
            }
            return Digest256(words: (word(0), word(1), word(2), word(3)))
        }
    }

    /// On success only the validators are worth a String, and a kept body.
    private func details(code: Int32) -> FetchDetails? {
        var details = FetchDetails()
        details.etag = value(.etag)
        details.lastModified = value(.lastModified)
        let isWhole = flags.contains(.headersComplete) && !flags.contains(.contentLengthConflict)
        if let kept, isWhole { keep(kept, code, &details) }
        if code == CurlCode.ok, status / 100 == 2 || status == 304, isWhole, !isMarked {
            return kept == nil && details.etag == nil && details.lastModified == nil ? nil : details
        }
        // Whatever became of the body.
        if flags.contains(.headersComplete), !redirect.location.isEmpty { lead(&details) }
        details.location = value(.location)
        details.retryAfter = value(.retryAfter)
        details.server = value(.server)
        details.cfRay = value(.cfRay)
        details.cfErrorType = value(.cfErrorType)
        details.cfMitigated = value(.cfMitigated)
        details.wafAction = value(.wafAction)
        details.proxyStatus = value(.proxyStatus)
        details.bodyHead = bodyHead
        if code != CurlCode.ok { details.errorText = easy.errorText ?? EasyHandle.text(of: code) }
        return details
    }

    /// It may be a challenge in place of the page, whatever its status.
    private var isMarked: Bool {
        valueLengths[HeaderName.cfMitigated.rawValue] != Slot.absent
            || valueLengths[HeaderName.wafAction.rawValue] != Slot.absent
    }

    private func lead(_ details: inout FetchDetails) {
        guard let asked = easy.requestURL, let found = ResolvedLocation(redirect.location, askedAs: asked) else {
            return
        }
        details.redirectURL = found.target.string
        details.requestURL = found.source.string
        details.respelling = found.respelling.map { String(decoding: $0, as: UTF8.self) }
        details.setCookies = redirect.cookies
    }

    /// What became of a body that was to be kept.
    private func keep(_ kept: KeptBody, _ code: Int32, _ details: inout FetchDetails) {
        guard status / 100 == 2 || status == 304 else { return }
        details.cacheControl = value(.cacheControl)
        details.contentType = value(.contentType)
        guard status != 304 else { return }
        details.body = kept.finish(isWanted: code == CurlCode.ok || flags.contains(.bodyOverLimit))
        details.bodyFault = kept.fault
    }
}
