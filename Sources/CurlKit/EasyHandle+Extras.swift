internal import CCurl

extension EasyHandle {
    /// The URL of the last request, as it was given (`CURLINFO_EFFECTIVE_URL`); nil = there was none.
    package var requestURL: [UInt8]? {
        var text: UnsafeMutablePointer<CChar>?
        guard crawld_getinfo_string(raw, CURLINFO_EFFECTIVE_URL, &text) == CURLE_OK, let text else { return nil }
        return Array(String(cString: text).utf8)
    }

    /// `(context, and four counts of bytes that are not always told)`; 0 = go on.
    package typealias Tick = @convention(c) (UnsafeMutableRawPointer?, Int, Int, Int, Int) -> Int32

    /// Called while the request goes on, at least once a second (`CURLOPT_XFERINFOFUNCTION`).
    package func setTick(context: UnsafeMutableRawPointer, _ tick: Tick) throws(CurlError) {
        try check(crawld_setopt_tick(raw, context, tick), "XFERINFOFUNCTION")
    }
}
