import CrawlCore

/// As stored in `url.recrawl_ms`; NULL stands for the configured default.
///
/// | value | |
/// |---|---|
/// | 0 | never |
/// | positive | fixed, so many ms |
/// | −1 | adaptive, no answer has set the interval yet |
/// | the smallest | never: a temporary redirect leads here, and each time it is met the URL is asked |
/// | other negative | adaptive, −value ms at present |
extension Recrawl {
    private static let unset: Int64 = -1
    /// Of the target of a temporary redirect that nobody has enqueued.
    static let led: Int64 = .min

    var ms: Int64 {
        switch self {
        case .never: 0
        case .every(let interval): interval.ms
        case .adaptive(nil): Self.unset
        // Never the other meaning: nobody wants a page every millisecond.
        case .adaptive(let interval?): -max(interval.ms, 2)
        }
    }

    /// nil for NULL.
    init?(ms: Int64?) {
        guard let ms else { return nil }
        self =
            switch ms {
            case 0, Self.led: .never
            case 1...: .every(.milliseconds(ms))
            case Self.unset: .adaptive(nil)
            default: .adaptive(.milliseconds(-max(ms, -.max)))
            }
    }
}
