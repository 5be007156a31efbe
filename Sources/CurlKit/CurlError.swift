internal import CCurl

/// libcurl itself failed, or what we asked of it; not what a server did.
package struct CurlError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `CURLcode`, `CURLMcode` or `CURLUcode`, whichever `message` is of.
    package var code: Int32
    /// libcurl's own words.
    package var message: String
    /// What was being set or done.
    package var subject: String

    package init(code: Int32, message: String, subject: String) {
        self.code = code
        self.message = message
        self.subject = subject
    }

    init(_ code: CURLcode, _ subject: String) {
        self.init(
            code: Int32(bitPattern: code.rawValue), message: String(cString: curl_easy_strerror(code)), subject: subject
        )
    }

    init(_ code: CURLMcode, _ subject: String) {
        self.init(code: code.rawValue, message: String(cString: curl_multi_strerror(code)), subject: subject)
    }

    package var description: String { "\(subject): \(message) (\(code))" }
}

/// libcurl's global state: made once, before the first handle, and kept until the process ends.
enum CurlLibrary {
    /// True if libcurl is ready. `curl_global_init` is thread-safe since 7.84.
    static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    static func require() throws(CurlError) {
        guard isReady else { throw CurlError(CURLE_FAILED_INIT, "curl_global_init") }
    }
}
