import CrawlCore

/// What scouts met, in one text: requests, failures, and the rays, as `3 2 8a1b2c3d4e5f6071-FRA`. What cannot be read is
/// forgotten.
enum LooksText {
    /// nil = none were asked.
    static func text(_ looks: OriginBreaker.Looks) -> String? {
        guard looks != OriginBreaker.Looks() else { return nil }
        return (["\(looks.requests)", "\(looks.failures)"] + looks.rays).joined(separator: " ")
    }

    static func read(_ words: [String]) -> OriginBreaker.Looks {
        guard words.count >= 2, let requests = Int(words[0]), let failures = Int(words[1]) else {
            return OriginBreaker.Looks()
        }
        return OriginBreaker.Looks(requests: requests, failures: failures, rays: Array(words.dropFirst(2)))
    }
}
