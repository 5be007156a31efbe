extension FetchResult {
    /// It ended in a way that may be HTTP/2's and not the server's: asked again over HTTP/1.1, there may be an answer.
    ///
    /// `CURLE_HTTP2` and `CURLE_HTTP2_STREAM` always, and over HTTP/2 every other end before the answer was whole. A
    /// redirect that is followed needs no body. What we ended ourselves may come out with any code: libcurl tries another
    /// connection if the one that it had was used before, and gets none.
    package var failedOverHTTP2: Bool {
        guard !flags.contains(.cancelled), !isSpoiltByRecorder, httpVersion == .http2 else { return false }
        if curlCode != 0, !flags.isDisjoint(with: [.stalledInParser, .overhead]) { return !leadsElsewhere }
        switch curlCode {
        // HTTP2, PARTIAL_FILE, GOT_NOTHING, SEND_ERROR, RECV_ERROR, HTTP2_STREAM.
        case 16, 18, 52, 55, 56, 92: return !leadsElsewhere
        default: return false
        }
    }

    /// Requests that were made: 2 if HTTP/2 failed and HTTP/1.1 was tried at once; one that found no socket is none, nor is
    /// one whose name has no address.
    package var requests: Int {
        isUnresolved ? 0 : (flags.contains(.retriedOverHTTP1) ? 2 : 1) - (metLocalLimit ? 1 : 0)
    }
}
