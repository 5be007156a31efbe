internal import CrawlCore

/// How an address could not be connected to, of a request that may go to others.
struct FailedConnect {
    /// COULDNT_CONNECT, or OPERATION_TIMEDOUT.
    var code: Int32
    var errno: Int32
    /// What is known of the try all the same: the kernel gave a socket, a packet went out.
    var marks: FetchResult.Flags

    /// nil: it was connected, or ended for another reason.
    init?(_ result: FetchResult) {
        guard [CurlCode.couldNotConnect, CurlCode.operationTimedOut].contains(result.curlCode), !result.metLocalLimit,
            result.flags.isDisjoint(
                with: [.connected, .firstByte, .cancelled, .addressRefused, .awaitedConnection, .headersComplete])
        else { return nil }
        code = result.curlCode
        errno = result.osErrno
        marks = result.flags.intersection([.openedSocket, .sentPacket])
    }

    /// The first of all is told, but for one that only says that there is no way there: what a host answers says more.
    func tells(before later: FailedConnect) -> Bool { !isNoRoute || later.isNoRoute }

    /// ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, and a family that we have not: EAFNOSUPPORT, EADDRNOTAVAIL.
    private var isNoRoute: Bool { code == CurlCode.couldNotConnect && [97, 99, 101, 112, 113].contains(errno) }
}
