/// What a line said beside its URL; nil = not said: a new URL gets the default, a known one keeps what it has.
package struct EnqueueOptions: Sendable, Hashable {
    /// −100…100, higher first; default 0.
    package var priority: Int?
    /// Default: now.
    package var dueAt: Instant?
    /// Default: `recrawl.interval`.
    package var recrawl: Recrawl?
    /// A JSON object of at most 4 KiB, given back with the record.
    package var meta: String?
    /// Due now even if known.
    package var force = false
    /// What a sitemap says of the URL: counts where nothing above was said.
    package var hint: SitemapHint?
    /// The URL is a sitemap to be read; what is said above is for the URLs that it lists.
    package var isSitemap = false

    package init() {}
}

/// What a sitemap says of a URL.
package struct SitemapHint: Sendable, Hashable {
    /// Of a new URL, −10…10; nil = not said.
    package var priority: Int?
    /// The last moment at which the page may have changed, as the site says; nil = not said.
    package var lastModified: Instant?

    package init(priority: Int? = nil, lastModified: Instant? = nil) {
        self.priority = priority
        self.lastModified = lastModified
    }
}

/// Canonical URLs to enqueue in one transaction, their bytes in one piece of memory.
package struct EnqueueBatch: Sendable {
    package struct Entry: Sendable {
        package var offset: UInt32
        package var length: UInt16
        package var originLength: UInt16
        /// Index in `options`; −1 = the line was a bare URL.
        package var options: Int32
    }

    package private(set) var bytes: [UInt8] = []
    package private(set) var entries: [Entry] = []
    package private(set) var options: [EnqueueOptions] = []

    package init() {}

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    /// `url` is canonical: at most `CrawlURL.maxLength` bytes, `originLength` of them the origin.
    package mutating func append(_ url: UnsafeBufferPointer<UInt8>, originLength: Int, options: EnqueueOptions? = nil) {
        precondition(url.count <= CrawlURL.maxLength && originLength < url.count, "a canonical URL")
        var index: Int32 = -1
        if let options {
            // The lines of a file say mostly the same, and what they say is larger than a URL.
            if self.options.last != options { self.options.append(options) }
            index = Int32(self.options.count - 1)
        }
        entries.append(
            Entry(
                offset: UInt32(bytes.count), length: UInt16(url.count), originLength: UInt16(originLength),
                options: index))
        bytes.append(contentsOf: url)
    }

    package mutating func append(_ url: CrawlURL, options: EnqueueOptions? = nil) {
        var string = url.string
        string.withUTF8 { append($0, originLength: url.originLength, options: options) }
    }
}

/// What a committed batch did.
package struct EnqueueReceipt: Sendable, Hashable {
    package var new = 0
    package var known = 0
    /// Places in the batch of those that are neither: of new origins, for which the frontier has no room.
    package var full: [Int32] = []
    /// Those whose rows cannot be written, for what they are.
    package var unstorable: [Unstorable] = []

    package struct Unstorable: Sendable, Hashable {
        /// In the batch.
        package var place: Int32
        package var reason: String

        package init(place: Int32, reason: String) {
            self.place = place
            self.reason = reason
        }
    }

    package init(new: Int = 0, known: Int = 0, full: [Int32] = []) {
        self.new = new
        self.known = known
        self.full = full
    }

    /// Adds what became of a part of the batch, which begins at `start`.
    package mutating func add(_ part: EnqueueReceipt, from start: Int) {
        new += part.new
        known += part.known
        full += part.full.map { $0 + Int32(start) }
        unstorable += part.unstorable.map { Unstorable(place: $0.place + Int32(start), reason: $0.reason) }
    }
}

extension EnqueueBatch {
    /// The entries of `range` as a batch of their own.
    package func slice(_ range: Range<Int>) -> EnqueueBatch {
        var slice = EnqueueBatch()
        slice.entries.reserveCapacity(range.count)
        append(entries[range], to: &slice)
        return slice
    }

    /// The same entries in that order, as a batch of their own. `order` has each of their places once.
    package func arranged(_ order: [Int32]) -> EnqueueBatch {
        var arranged = EnqueueBatch()
        arranged.entries.reserveCapacity(entries.count)
        arranged.bytes.reserveCapacity(bytes.count)
        append(order.lazy.map { entries[Int($0)] }, to: &arranged)
        return arranged
    }

    private func append(_ entries: some Sequence<Entry>, to other: inout EnqueueBatch) {
        bytes.withUnsafeBufferPointer { bytes in
            for entry in entries {
                let start = Int(entry.offset)
                other.append(
                    UnsafeBufferPointer(rebasing: bytes[start..<(start + Int(entry.length))]),
                    originLength: Int(entry.originLength),
                    options: entry.options >= 0 ? options[Int(entry.options)] : nil)
            }
        }
    }
}
