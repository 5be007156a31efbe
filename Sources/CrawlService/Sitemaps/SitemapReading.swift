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
    /// What references are counted from.
    private let base: CrawlURL?
    private let submits: SitemapSubmits
    private let canonicalize: Canonicalize
    /// Entries that a process before this one has read.
    private var passing: Int
    private var part = Part()

    init(
        _ document: FetchedSitemap, file: SitemapFile, submits: SitemapSubmits, canonicalize: @escaping Canonicalize
    ) {
        self.document = document
        self.submits = submits
        self.canonicalize = canonicalize
        reader = SitemapReader(contentType: document.contentType) { try file.next() }
        passing = document.entries
        var root = document.root
        site = root.withUTF8 { bytes in
            CanonicalForm.originLength(bytes).map { SitemapSite(origin: bytes.prefix($0)) }
                ?? (try? canonicalize(bytes).get()).map { SitemapSite(origin: $0.origin.utf8) }
        }
        var url = document.url
        base = url.withUTF8 { try? EnqueueCollector.canonical($0, canonicalize).get() }
    }

    /// The next part; its progress has an end if it is the last. Throws `SitemapFile.Fault`, and what the frontier
    /// throws.
    func next() throws -> Part {
        part = Part()
        while part.progress.end == nil, part.progress.entries < Self.partEntries {
            let piece = try reader.next()
            let passed = min(passing, piece.entries.count)
            passing -= passed
            for entry in piece.entries.dropFirst(passed) { try add(entry) }
            switch piece.end {
            case .complete: part.progress.end = .complete
            case .cut(let fault): part.progress.end = .cut(fault.rawValue)
            case nil: break
            }
        }
        part.progress.putOff = submits.takePutOff()
        return part
    }

    private func add(_ entry: SitemapEntry) throws {
        part.progress.entries += 1
        if let fault = entry.fault { return reject(fault.rawValue, entry) }
        try entry.url.withUnsafeBufferPointer { url in
            if let originLength = CanonicalForm.originLength(url) { return try append(url, originLength, entry) }
            switch resolve(url, entry.bases) {
            case .success(let canonical):
                var text = canonical.string
                try text.withUTF8 { try append($0, canonical.originLength, entry) }
            case .failure(let problem): reject(problem.code.rawValue, entry)
            }
        }
    }

    private func resolve(_ url: UnsafeBufferPointer<UInt8>, _ bases: [[UInt8]]?) -> Result<CrawlURL, URLProblem> {
        guard let bases, var base else { return EnqueueCollector.canonical(url, canonicalize) }
        for reference in bases {
            switch Canonicalizer.resolve(reference, from: base) {
            case .success(let next): base = next
            // What no base is known of can only be absolute.
            case .failure: return EnqueueCollector.canonical(url, canonicalize)
            }
        }
        return Canonicalizer.resolve(url, from: base)
    }

    /// What was rejected when the document was read for the first time is counted already.
    private func reject(_ reason: String, _ entry: SitemapEntry) {
        guard !document.isSecondPass else { return }
        part.progress.reject(
            reason, sample: entry.url.isEmpty ? nil : String(decoding: entry.url.prefix(256), as: UTF8.self))
    }

    private func append(_ url: UnsafeBufferPointer<UInt8>, _ originLength: Int, _ entry: SitemapEntry) throws {
        if site?.covers(origin: url.prefix(originLength)) ?? false {
            guard !document.isSecondPass else { return }
            return part.batch.append(url, originLength: originLength, options: options(entry))
        }
        switch try submits.decide(url.prefix(originLength)) {
        case .granted: part.batch.append(url, originLength: originLength, options: options(entry))
        case .foreign: part.progress.foreign += 1
        case .putOff, .settled: break
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
