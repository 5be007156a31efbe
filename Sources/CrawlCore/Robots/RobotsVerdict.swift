/// What a site's robots.txt says of one URL.
package enum RobotsVerdict: Sendable, Hashable {
    case allowed
    /// By `text`, the rule as people read it (`Disallow: /private/`), at most `StrangersText.limit` bytes, harmless to
    /// print. `line` counts from 1 and takes CR, LF and CRLF for one line end each; 0 when no file said so.
    case disallowed(line: Int, text: String)

    package var isAllowed: Bool { self == .allowed }
}
