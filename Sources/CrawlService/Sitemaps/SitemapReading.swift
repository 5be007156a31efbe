import CrawlCore
import CrawlFrontier
import CrawlSitemap

/// One document on its way into the frontier, part by part. Confined to the runner's lane.
final class SitemapReading {
    struct Part: Sendable {
        var batch = EnqueueBatch()
        var progress = SitemapProgress()
    }

    /// Entries of a part, about: a transaction of some tens of milliseconds at the most.
    private static let partEntries = 2_000

    let document: FetchedSitemap
    private let reader: SitemapReader
    private let site: SitemapSite?
    private let canonicalize: Canonicalize
    /// Entries that a process before this one has read.
    private var passing: Int
    private var part = Part()

    init(_ document: FetchedSitemap, file: SitemapFile, canonicalize: @escaping Canonicalize) {
        self.document = document
        self.canonicalize = canonicalize
        reader = SitemapReader { try file.next() }
        passing = document.entries
        var root = document.root
        site = root.withUTF8 { bytes in
            CanonicalForm.originLength(bytes).map { SitemapSite(origin: bytes.prefix($0)) }
                ?? (try? canonicalize(bytes).get()).map { SitemapSite(origin: $0.origin.utf8) }
        }
    }

    /// The next part; its progress has an end if it is the last.
    func next() throws -> Part {
        part = Part()
        while part.progress.end == nil, part.progress.entries < Self.partEntries {
            let piece = try reader.next()
            let passed = min(passing, piece.entries.count)
            passing -= passed
            for entry in piece.entries.dropFirst(passed) { add(entry) }
            switch piece.end {
            case .complete: part.progress.end = .complete
            case .cut(let fault): part.progress.end = .cut(fault.rawValue)
            case nil: break
            }
        }
        return part
    }

    private func add(_ entry: SitemapEntry) {
        part.progress.entries += 1
        entry.url.withUnsafeBufferPointer { url in
            if let originLength = CanonicalForm.originLength(url) {
                append(url, originLength, entry)
            } else if case .success(let canonical) = EnqueueCollector.canonical(url, canonicalize) {
                var text = canonical.string
                text.withUTF8 { append($0, canonical.originLength, entry) }
            } else {
                part.progress.rejected += 1
            }
        }
    }

    private func append(_ url: UnsafeBufferPointer<UInt8>, _ originLength: Int, _ entry: SitemapEntry) {
        if site?.covers(origin: url.prefix(originLength)) ?? false {
            part.batch.append(url, originLength: originLength, options: options(entry))
        } else {
            part.progress.foreign += 1
        }
    }

    private func options(_ entry: SitemapEntry) -> EnqueueOptions? {
        if entry.kind == .sitemap {
            var options = EnqueueOptions()
            options.isSitemap = true
            return options
        }
        var options = document.options
        if entry.priority != nil || entry.lastModified != nil {
            options.hint = SitemapHint(priority: entry.priority, lastModified: entry.lastModified)
        }
        return options == EnqueueOptions() ? nil : options
    }
}
