import CrawlCore
import CrawlFetch

/// `proxies`: forward proxies that all pages and robots.txt files are asked through. No fault shows what stands here:
/// it may have a password in it.
package struct ProxiesConfig: Hashable, Sendable {
    /// `scheme://[user[:password]@]host:port` with http, https or socks5h; empty means none.
    package var urls: [String] = []

    package init() {}

    mutating func read(_ section: ConfigSection) { section.strings("urls", &urls) }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("proxies")
        check.require(urls.count <= ProxyPool.limit, "urls", nil, "must be at most \(ProxyPool.limit) proxies")
        for (i, url) in urls.enumerated() where ProxyServer(url) == nil {
            check.require(
                false, "urls", nil,
                "entry \(i + 1) must be \(ProxyServer.schemes.joined(separator: ", "))://[user[:password]@]host:port, with what"
                    + " is special in name and password percent-encoded and no control characters")
        }
        let distinct = Set(urls)
        check.require(distinct.count == urls.count, "urls", nil, "must name each proxy once")
        return check.faults
    }
}
