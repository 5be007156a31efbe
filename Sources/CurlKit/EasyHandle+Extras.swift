internal import CCurl

extension EasyHandle {
    /// The URL of the last request, as it was given (`CURLINFO_EFFECTIVE_URL`); nil = there was none.
    package var requestURL: [UInt8]? {
        var text: UnsafeMutablePointer<CChar>?
        guard crawld_getinfo_string(raw, CURLINFO_EFFECTIVE_URL, &text) == CURLE_OK, let text else { return nil }
        return Array(String(cString: text).utf8)
    }
}
