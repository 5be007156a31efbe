/// Why an answer for a robots.txt that came is not the file, or not all of it. Raw values are stored and never change;
/// names are what users see.
package enum RobotsFault: UInt8, Sendable, CaseIterable {
    /// A page for browsers stands in its place: an edge's (`cf-mitigated`), or a firewall's (`x-amzn-waf-action`).
    case challenge = 1
    /// Its content coding undone, it is no text.
    case unreadable = 2
    /// Its body, or the coding of that, ended early.
    case cut = 3
    /// A 206 that nobody asked for.
    case partial = 4

    package var name: String { String(describing: self) }

    /// What status and headers tell.
    init?(ofAnswer result: FetchResult) {
        guard result.flags.contains(.headersComplete) else { return nil }
        if Challenge.isOne(result) {
            self = .challenge
        } else if result.status == 206 {
            self = .partial
        } else {
            return nil
        }
    }
}
