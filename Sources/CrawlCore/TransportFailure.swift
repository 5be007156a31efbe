/// What a request that ended without a whole answer means, seen straight at the origin (measured with libcurl 7.88.1):
///
/// | `CURLcode` | meaning |
/// |---|---|
/// | 0 without the blank line, two lengths that differ, 1 and 8 after a connect, 27 after a byte, 16, 52, 55, 92 | originError |
/// | 18, 56 after whole headers | truncated; originError for a bad chunk, or over HTTP/2 |
/// | 56 before them | originError |
/// | 7 | by errno: the network has to have said it, or a packet to have gone out, else it is ours |
/// | 55, 56 with an errno of our own machine | inconclusive |
/// | 28 | by the phase it stopped in; before a connect inconclusive with an errno of our own machine, without a resolver, or if it waited for another's connection |
/// | 35 · 60 and its kin · 6 | tlsHandshake · tlsCertificate · unreachable; inconclusive if no resolver answered, or we could not ask one |
/// | 23 | by which of our limits ended it |
/// | anything else | inconclusive: ours |
enum TransportFailure: Hashable {
    /// What an edge would have answered with 520.
    case originError
    case outcome(Outcome)

    /// nil: the answer is whole.
    static func find(in result: FetchResult) -> TransportFailure? {
        let flags = result.flags
        if !flags.isDisjoint(with: [.contentLengthConflict, .headersOverLimit]) { return .originError }
        let hasHeaders = flags.contains(.headersComplete)
        let isLocal = result.localFault != nil
        switch result.curlCode {
        case 0: return hasHeaders ? nil : .originError
        // UNSUPPORTED_PROTOCOL is libcurl's word for a banner that is not HTTP.
        case 1: return flags.contains(.connected) ? .originError : .outcome(.inconclusive)
        // OUT_OF_MEMORY is its word for a header line over 100 KiB, which never is the first.
        case 27: return flags.isSuperset(of: [.connected, .firstByte]) ? .originError : .outcome(.inconclusive)
        // SEND_ERROR, RECV_ERROR: the kernel had no buffer, or a firewall of ours let nothing out.
        case 55 where !hasHeaders && isLocal, 56 where !hasHeaders && isLocal: return .outcome(.inconclusive)
        // WEIRD_SERVER_REPLY, HTTP2, GOT_NOTHING, SEND_ERROR, HTTP2_STREAM.
        case 8, 16, 52, 55, 92: return .originError
        // URL_MALFORMAT: canonical URLs are not, but asking again would change nothing.
        case 3: return .outcome(.refusedByPolicy)
        // COULDNT_RESOLVE_HOST.
        case 6: return .outcome(flags.contains(.resolverDown) || isLocal ? .inconclusive : .unreachable)
        case 7: return connectFailure(result)
        case 18: return isCutBody(result) ? .outcome(.truncated) : .originError
        case 23: return flags.contains(.bodyOverLimit) ? .outcome(.tooLarge) : .outcome(.inconclusive)
        case 28: return .outcome(timeout(result))
        case 35: return .outcome(isLocal ? .inconclusive : .tlsHandshake)
        // PEER_FAILED_VERIFICATION, SSL_ISSUER_ERROR, SSL_PINNEDPUBKEYNOTMATCH, SSL_INVALIDCERTSTATUS.
        case 60, 83, 90, 91: return .outcome(.tlsCertificate)
        case 56: return isCutBody(result) && !isBadChunk(result) ? .outcome(.truncated) : .originError
        default: return .outcome(.inconclusive)
        }
    }

    /// Over HTTP/2 a stream or connection that ends early is a fault of its own.
    private static func isCutBody(_ result: FetchResult) -> Bool {
        result.flags.contains(.headersComplete) && result.httpVersion != .http2
    }

    /// RECV_ERROR has no code of its own for a malformed chunk, only words.
    private static func isBadChunk(_ result: FetchResult) -> Bool {
        result.details?.errorText?.contains("chunked-encoding") == true
    }

    /// COULDNT_CONNECT. Linux errno values: those that come from the network. All others, and none, are of an address to
    /// which no packet went out: our open-socket callback made no socket, or connect(2) refused to try. If one went out
    /// to another address of the name, that was refused too, and the network has spoken; unless what we lacked may have
    /// led to a good one.
    private static func connectFailure(_ result: FetchResult) -> TransportFailure {
        switch result.osErrno {
        // ECONNREFUSED.
        case 111: .outcome(.originDown)
        // A reset on accept shows as 7 or as 56, whichever libcurl notices first. ECONNRESET, EPIPE, ECONNABORTED.
        case 104, 32, 103: .originError
        // ENONET, EPROTO, ENOPROTOOPT, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH: what routers say by ICMP.
        case 64, 71, 92, 101, 112, 113: .outcome(.unreachable)
        // ETIMEDOUT: the kernel gave up before we did.
        case 110: .outcome(.connectTimeout)
        case _ where !result.flags.contains(.sentPacket) || result.localFault == .exhausted: .outcome(.inconclusive)
        case 0: .outcome(.inconclusive)
        // EACCES: a router forbids it ("administratively prohibited"), or a rule of ours for the other address.
        case 13: .outcome(.unreachable)
        default: .outcome(.originDown)
        }
    }

    /// OPERATION_TIMEDOUT, whoever's clock it was: the phase that did not end.
    private static func timeout(_ result: FetchResult) -> Outcome {
        let flags = result.flags
        if flags.contains(.headersComplete) { return .truncated }
        if flags.contains(.firstByte) { return .responseTimeout }
        guard flags.contains(.connected) else {
            if flags.contains(.awaitedConnection) { return .inconclusive }
            if flags.contains(.resolverDown) { return .inconclusive }
            // Where one address was tried and the kernel had no socket for the other, the first counts.
            if let fault = result.localFault, fault == .exhausted || !flags.contains(.sentPacket) {
                return .inconclusive
            }
            return result.times.dnsUs == 0 ? .unreachable : .connectTimeout
        }
        return flags.contains(.https) && !flags.contains(.tlsEstablished) ? .tlsHandshake : .responseTimeout
    }
}
