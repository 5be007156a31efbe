import CrawlTesting

/// Origins on loopback addresses: every page is good but a few that the test breaks and heals while the crawl runs.
struct CrawledSite {
    static let flakyPaths = ["/flaky/a", "/flaky/b"]

    let origins: [MisbehavingOrigin]

    static func start(_ count: Int) async throws -> CrawledSite {
        var origins: [MisbehavingOrigin] = []
        for number in 0..<count {
            let origin = try await MisbehavingOrigin.start(address: "127.0.0.\(number + 2)")
            origin.onEverythingElse(.status(200, text: "a page"))
            origins.append(origin)
        }
        return CrawledSite(origins: origins)
    }

    func stop() async {
        for origin in origins { await origin.stop() }
    }

    var flakyURLs: [String] { origins.flatMap { origin in Self.flakyPaths.map { origin.url($0) } } }

    func breakPages(_ isBroken: (String) -> Bool) {
        for origin in origins {
            for path in Self.flakyPaths {
                let isBroken = isBroken(origin.url(path))
                origin.on(path, isBroken ? .edge520 : .status(200, text: "healed"))
            }
        }
    }

    /// Every URL that was asked for at least once.
    var fetched: Set<String> {
        Set(origins.flatMap { origin in origin.requests.map { origin.url($0.path) } })
    }
}
