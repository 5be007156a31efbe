internal import CCurl

/// The way of a handle's requests; each holds until it is set again.
extension EasyHandle {
    /// Offers HTTP/2 by ALPN on https (true), or speaks HTTP/1.1 only.
    package func setHTTP2(_ offers: Bool) throws(CurlError) {
        try set(CURLOPT_HTTP_VERSION, offers ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)
    }

    /// Sends requests through a proxy, `scheme://host:port`; "" = straight to the server. http and https proxies get
    /// plain URLs whole and are asked for a tunnel (CONNECT) to others; socks5h ones look up the name too. The name and
    /// password are the proxy's, as they are; nil = none.
    package func setProxy(_ proxy: String, user: String? = nil, password: String? = nil) throws(CurlError) {
        try set(CURLOPT_PROXY, proxy)
        try check(crawld_setopt_string(raw, CURLOPT_PROXYUSERNAME, user), "PROXYUSERNAME")
        try check(crawld_setopt_string(raw, CURLOPT_PROXYPASSWORD, password), "PROXYPASSWORD")
    }

    /// The connection of the request under way agreed on HTTP/2; only inside a send notice.
    package var agreedOnHTTP2: Bool { crawld_agreed_on_http2(raw) != 0 }
}
