/// Signs in the facts of a request through a proxy that the proxy, or the way to it, failed, and not the server.
///
/// | seen | whose |
/// |---|---|
/// | no connection, no name, no tunnel (whatever status CONNECT got), SOCKS refusal | the proxy's |
/// | plain http: no whole header block | the proxy's: nobody can tell who was silent |
/// | plain http: 407, or an error page that a proxy signs (`Proxy-Status`, `Server: tinyproxy` or `squid`) | the proxy's |
/// | https: nothing up to the TLS handshake | the proxy's: some say that a tunnel stands before it does |
/// | https: a certificate that does not hold | the server's |
/// | whatever came through the server's TLS | the server's |
enum ProxyMarks {
    static func isProxys(_ result: FetchResult) -> Bool {
        // URL_MALFORMAT: it was not sent.
        guard result.flags.contains(.viaProxy), result.curlCode != 3 else { return false }
        let flags = result.flags
        guard flags.contains(.headersComplete) else {
            return !flags.contains(.tlsEstablished) && ![60, 83, 90, 91].contains(result.curlCode)
        }
        return !flags.contains(.https) && (result.status == 407 || result.status >= 400 && isSigned(result.details))
    }

    private static func isSigned(_ details: FetchDetails?) -> Bool {
        // RFC 9209 §2.1.1: `ExampleProxy; error=connection_refused`.
        if details?.proxyStatus?.contains("error=") == true { return true }
        let server = details?.server?.lowercased() ?? ""
        return ["tinyproxy", "squid"].contains { server.hasPrefix($0) }
    }
}
