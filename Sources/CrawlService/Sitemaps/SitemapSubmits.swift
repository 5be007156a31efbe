import CrawlCore
import CrawlFrontier

/// Whether other hosts let a document list their pages, see `FrontierStore.sitemapSubmit`. What was decided for a host
/// holds for all of a reading. Confined to the runner's lane.
final class SitemapSubmits {
    enum Decision {
        /// Its robots.txt names the sitemap.
        case granted
        case foreign
        /// Until its robots.txt is known.
        case putOff
        /// Dealt with when the document was read for the first time.
        case settled
    }

    private let document: FetchedSitemap
    private let names: Set<String>
    private var room: Int
    private let find: ([UInt8]) throws -> SitemapSubmit
    private var decided: [[UInt8]: Decision] = [:]
    private var putOff: [Int64] = []

    /// `find`: what the frontier knows of an origin, by its key.
    init(
        _ document: FetchedSitemap, names: [String], room: Int, find: @escaping ([UInt8]) throws -> SitemapSubmit
    ) {
        self.document = document
        self.names = Set(names)
        self.room = room
        self.find = find
    }

    /// `origin`: the key of one that the sitemap's own site does not cover.
    func decide(_ origin: some Sequence<UInt8>) throws -> Decision {
        let key = Array(origin)
        if let known = decided[key] { return known }
        let submit = try find(key)
        let decision = decide(submit, key)
        decided[key] = decision
        return decision
    }

    private func decide(_ submit: SitemapSubmit, _ key: [UInt8]) -> Decision {
        let wasPutOff = submit.origin.map { document.putOff.contains($0) } ?? false
        if document.isSecondPass, !wasPutOff { return .settled }
        // A process before this one has put its pages off: the others of this reading are too.
        if wasPutOff, !document.isSecondPass { return .putOff }
        switch submit.state {
        case .unknown: return .foreign
        case .lines(let lines): return lines.contains { isName($0, key) } ? .granted : .foreign
        case .unasked, .asked:
            guard !document.isSecondPass, let origin = submit.origin else { return .foreign }
            if submit.state == .unasked {
                guard room > 0 else { return .foreign }
                room -= 1
            }
            putOff.append(origin)
            return .putOff
        }
    }

    /// Whether a Sitemap line of the robots.txt at `key` names the document.
    private func isName(_ line: String, _ key: [UInt8]) -> Bool {
        if names.contains(line) { return true }
        let robots = CrawlURL(canonical: key + Array("/robots.txt".utf8), originLength: key.count)
        guard case .success(let url) = Canonicalizer.resolve(Array(line.utf8), from: robots) else { return false }
        return names.contains(url.string)
    }

    /// Origins that were put off since the last call.
    func takePutOff() -> [Int64] {
        defer { putOff = [] }
        return putOff
    }
}
