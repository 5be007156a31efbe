import CrawlCore
import CrawlFrontier

/// What is repaired is found to be: no incident stays open for more than a recheck after its origin's last trouble, and
/// every page is fetched again in its turn.
struct Recovers: Invariant {
    let name = "recovers"
    /// A day, with jitter, and the confirmation.
    private static let longest = RulesText.day + 3 * RulesText.hour
    var scripts: [OriginScript] = []

    func rested(_ history: History, _ store: FrontierStore, isEnd: Bool) throws -> Breach? {
        guard isEnd else { return nil }
        let open = Set(try store.incidents(openOnly: true, after: nil, limit: 100_000).map(\.facts.incident))
        for script in scripts where !history.handled.contains(script.number) {
            let named = history.plan.names?.isFineFrom(script.number) ?? 0
            let fine = max(script.isFineFrom, history.plan.isQuietFrom, named)
            guard history.now - fine > Self.longest + script.recrawl.ms else { continue }
            // One that may have relapsed may also have been followed by a new one.
            if let episode = history.open(at: script.number).first(where: {
                !$0.mayHaveRelapsed || open.contains($0.id)
            }) {
                return Breach(script.number, "incident \(episode.id) is open, its origin has long been repaired")
            }
            for page in 0..<script.pages {
                let target = Target(origin: script.number, page: page)
                if history.softBlocks.isParked(target) { continue }
                if history.lastGood[target].map({ $0.steady < fine }) ?? true {
                    return Breach(script.number, "\(target) was never fetched after its origin was repaired")
                }
            }
        }
        return nil
    }
}
