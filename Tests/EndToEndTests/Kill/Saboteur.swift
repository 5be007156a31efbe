import CrawlTesting

/// Breaks and heals the flaky pages, has them asked again, and now and then revives one by hand.
struct Saboteur {
    let site: CrawledSite
    let api: DaemonAPI
    let acknowledged: Acknowledged
    var random: SeededRandom

    /// Until the task is cancelled.
    mutating func run() async {
        while !Task.isCancelled {
            var random = random
            site.breakPages { _ in random.chance(0.6) }
            self.random = random
            await force()
            for _ in 0..<random.int(20...40) where !Task.isCancelled {
                await passing(.milliseconds(250))
                if random.chance(0.04), let url = site.flakyURLs.randomElement(using: &self.random) {
                    if (try? await api.revive(url)) == 1 { acknowledged.note { $0.revivals += 1 } }
                }
            }
        }
    }

    /// Enqueues the flaky pages, due now even if they are known.
    func force() async {
        let lines = site.flakyURLs.map { "{\"url\":\"\($0)\",\"force\":true}" }.joined(separator: "\n")
        guard (try? await api.enqueue(text: lines)) != nil else { return }
        acknowledged.note { for url in site.flakyURLs { $0.fates[url] = .enqueued } }
    }
}
