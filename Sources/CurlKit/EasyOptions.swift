/// What is set once on an `EasyHandle` and holds as long as it does.
///
/// Fixed for every handle, because no caller has a reason to differ: only http and https, no redirects, no cookies,
/// no proxy (but by `setProxy`) and no `.netrc` whatever the environment says, no signals, TLS verified against peer and name, bodies as
/// they come over the wire, no DNS cache (its cost grows with every host ever seen: libcurl walks all of it on every
/// transfer).
package struct EasyOptions: Sendable {
    /// nil = no `User-Agent` header.
    package var userAgent: String?
    /// Milliseconds for name, TCP and TLS together (`CURLOPT_CONNECTTIMEOUT_MS`); 0 = libcurl's default of 300 s.
    package var connectTimeoutMs = 10_000
    /// Milliseconds for the whole request (`CURLOPT_TIMEOUT_MS`); 0 = no limit.
    package var totalTimeoutMs = 300_000
    /// Offer HTTP/2 by ALPN on https.
    package var http2 = false
    /// OpenSSL's names of the suites up to TLS 1.2, joined by colons (`CURLOPT_SSL_CIPHER_LIST`); nil = libcurl's own.
    package var ciphers: String?
    /// Of TLS 1.3 (`CURLOPT_TLS13_CIPHERS`); nil = libcurl's own.
    package var tls13Ciphers: String?
    /// Names of the curves for the key exchange, joined by colons (`CURLOPT_SSL_EC_CURVES`); nil = libcurl's own.
    package var curves: String?
    /// PEM bundle instead of the system's; nil = the system's.
    package var caFile: String?
    /// Connect to this Unix socket whatever the URL's host is; nil = TCP.
    package var unixSocketPath: String?
    /// How many transfers the handle may be given to; default: as the libcurl of this process needs it.
    package var use = HandleUse.ofLibrary

    package init() {}
}
