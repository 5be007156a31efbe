internal import CCurl

/// What libcurl sends, as it sends it.
extension EasyHandle {
    /// `(handle, kind, bytes, count, context)`; returns 0. Called for all that libcurl has to tell while `showsSending`: only of
    /// a kind that `isSent` are the bytes those of a request.
    package typealias Tap =
        @convention(c) (
            UnsafeMutableRawPointer?, UInt32, UnsafeMutablePointer<CChar>?, Int, UnsafeMutableRawPointer?
        ) -> Int32

    /// Of a model: its copies get their contexts when they are made (`CURLOPT_DEBUGFUNCTION`).
    package func setTap(_ tap: Tap) throws(CurlError) { try check(crawld_setopt_tap(raw, tap), "DEBUGFUNCTION") }

    /// Bytes of a request's head, or what libcurl could not send at once with it. Requests with a body are not told apart.
    package static func isSent(_ kind: UInt32) -> Bool {
        kind == CURLINFO_HEADER_OUT.rawValue || kind == CURLINFO_DATA_OUT.rawValue
    }

    /// The tap is called (`CURLOPT_VERBOSE`). It costs something with all that libcurl does, so that it is better off where
    /// nothing is sent. Inside a callback too.
    package func showSending(_ shows: Bool) { _ = crawld_setopt_long(raw, CURLOPT_VERBOSE, shows ? 1 : 0) }

    /// The number of the TLS version of the connection of the request under way (RFC 8446 §4.2.1); 0 = no TLS, or it cannot be
    /// told. Only inside a send notice.
    package var tlsVersion: Int32 { crawld_tls_version(raw) }
}
