import ControlAPI
import CrawlCore

extension NextLookRecord {
    /// As told at `now`.
    init(_ look: AlertFacts.Look, now: Instant) {
        self.init(at: look.next.at.text, url: look.url, detail: RecheckText.text(look.next, now: now))
    }
}
