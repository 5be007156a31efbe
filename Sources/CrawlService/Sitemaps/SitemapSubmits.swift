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
    private var looks = 0
    private let number: ([UInt8]) throws -> Int64?
    private let submit: (Int64) throws -> SitemapSubmit
    private var decided: [[UInt8]: Decision] = [:]
    private var putOff: [Int64] = []

    /// `number`: of an origin in the frontier, by its key. `submit`: what is known of it for this sitemap.
    init(
        _ document: FetchedSitemap, names: [String], room: Int, number: @escaping ([UInt8]) throws -> Int64?,
        submit: @escaping (Int64) throws -> SitemapSubmit
    ) {
        self.document = document
        self.names = Set(names)
        self.room = room
        self.number = number
        self.submit = submit
    }

    /// `origin`: the key of one that the sitemap's own site does not cover.
    func decide(_ origin: some Sequence<UInt8>) throws -> Decision {
        let key = Array(origin)
        if let known = decided[key] { return known }
        let decision = try decide(number(key), key)
        decided[key] = decision
        return decision
    }

    private func decide(_ origin: Int64?, _ key: [UInt8]) throws -> Decision {
        let wasPutOff = origin.map { document.putOff.contains($0) } ?? false
        if document.isSecondPass, !wasPutOff { return .settled }
        // A process before this one has put its pages off: the others of this reading are too.
        if wasPutOff, !document.isSecondPass { return .putOff }
        // Those that were put off are few, and were looked at before.
        guard let origin, wasPutOff || looks < SitemapBounds.hosts else { return .foreign }
        if !wasPutOff { looks += 1 }
        let state = try submit(origin)
        switch state {
        case .unknown: return .foreign
        case .lines(let lines): return lines.contains { isName($0, key) } ? .granted : .foreign
        case .unasked, .asked:
            guard !document.isSecondPass else { return .foreign }
            if state == .unasked {
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
