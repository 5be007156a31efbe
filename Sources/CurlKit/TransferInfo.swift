/// What libcurl knows of a request after it ended; `curl_easy_getinfo(3)` names the sources.
package struct TransferInfo: Sendable {
    /// `CURLINFO_RESPONSE_CODE`; 0 = none.
    package var status = 0
    /// `CURLINFO_OS_ERRNO`; 0 = none.
    package var osErrno = 0
    /// `CURLINFO_HTTP_VERSION` as 10, 11, 20, 30; 0 = unknown.
    package var httpVersion = 0
    /// `CURLINFO_NUM_CONNECTS`; 0 = an older connection was used, or none came about.
    package var newConnections = 0
    /// `CURLINFO_LOCAL_PORT`; 0 = no socket was bound.
    package var localPort = 0
    /// `CURLINFO_HTTP_CONNECTCODE`: what a proxy answered to a CONNECT; 0 = nothing, or none was sent.
    package var connectStatus = 0
    /// `CURLINFO_PROXY_ERROR`: libcurl's number for what went wrong with a SOCKS proxy; 0 = nothing did.
    package var proxyError = 0
    /// Microseconds since the start; 0 = not reached.
    package var nameLookupUs: Int64 = 0
    package var connectUs: Int64 = 0
    package var tlsUs: Int64 = 0
    package var firstByteUs: Int64 = 0
    package var totalUs: Int64 = 0
}
