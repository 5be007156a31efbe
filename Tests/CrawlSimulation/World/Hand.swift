import CrawlCore

/// What an operator does.
package enum Hand: Sendable, Hashable {
    case remove(Target)
    case removeOrigin(Int)
    case revive(Target)
    case reviveOrigin(Int)
    /// Removes the URL and enqueues it again at once.
    case renew(Target)
    /// `enqueue --force`.
    case force(Target)

    var origin: Int {
        switch self {
        case .remove(let target), .revive(let target), .renew(let target), .force(let target): target.origin
        case .removeOrigin(let origin), .reviveOrigin(let origin): origin
        }
    }
}
