internal import CCurl

/// TLS sessions that several handles resume, one after the other or at once (`CURL_LOCK_DATA_SSL_SESSION`). libcurl keeps
/// the last eight of them.
///
/// Not thread-safe, and made without locks: it and the handles that share it belong to the queue of one owner.
package final class TLSSessions {
    let raw: UnsafeMutableRawPointer

    package init() throws(CurlError) {
        try CurlLibrary.require()
        guard let raw = curl_share_init() else { throw CurlError(CURLE_OUT_OF_MEMORY, "curl_share_init") }
        self.raw = raw
        let code = crawld_share_setopt_int(raw, CURLSHOPT_SHARE, Int32(CURL_LOCK_DATA_SSL_SESSION.rawValue))
        guard code == CURLSHE_OK else {
            throw CurlError(
                code: Int32(bitPattern: code.rawValue), message: String(cString: curl_share_strerror(code)),
                subject: "CURLSHOPT_SHARE")
        }
    }

    /// Each handle holds on to it, so none is left.
    deinit { curl_share_cleanup(raw) }
}
