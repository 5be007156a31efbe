import ArgumentParser
import ControlAPI

struct EnqueueVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "enqueue", abstract: "Hand URLs to the daemon.",
        discussion: """
            A file holds one URL a line, or one JSON object a line: {"url": …, "priority": …, "due_at": …, \
            "recrawl": …, "meta": {…}, "force": …}, or with "sitemap" for "url". It is streamed, however long, and may be \
            gzip. The answer comes when everything is stored. To enqueue a known URL again does no harm.

            A pipe that ends in the middle of its last line may have been cut: that line is shown and not stored, unless it \
            is the only one. Ctrl-C ends the input there, and says what was stored.

            A sitemap is fetched by the daemon, as politely as any page, and read: urlset or index, plain text or a feed, \
            gzip or not. The options are then for the pages it lists; its own priority and lastmod count where they \
            say nothing. crawlctl sitemaps shows how far it is.

            EXAMPLES
              crawlctl enqueue https://example.com/
              crawlctl enqueue -f urls.txt --recrawl 7d --priority 10
              crawlctl enqueue -f a.txt -f b.txt                one after the other
              crawlctl enqueue --recrawl adaptive https://example.com/news
              crawlctl enqueue -f urls.txt.gz
              grep '^https' urls.txt | crawlctl enqueue -f -
              crawlctl enqueue --sitemap https://example.com/sitemap.xml --recrawl 7d
              crawlctl enqueue --force https://example.com/     even if it is known
              crawlctl enqueue --due 2h https://example.com/    in two hours
              crawlctl enqueue --due 2026-12-24 -f urls.txt     that day, in UTC

            Exit code 65 says that lines were rejected; the first ten are listed with their numbers, the others are stored.
            """)

    static let writes = true

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @Argument(help: "URLs.") var urls: [String] = []

    @Option(
        name: [.short, .customLong("file")],
        help: ArgumentHelp("Read URLs or JSON objects from here; - is standard input. May be given more than once."),
        completion: .file())
    var files: [String] = []

    @Option(
        name: .customLong("sitemap"),
        help: ArgumentHelp("Read this sitemap; may be given more than once.", valueName: "url"))
    var sitemaps: [String] = []

    @Option(parsing: .unconditional, help: "From -100 to 100, higher first.")
    var priority: Int?

    @Option(
        help: ArgumentHelp(
            "Fetch again so long after each good answer; adaptive: sooner if it has changed, later if not; or never.",
            valueName: "duration"))
    var recrawl: String?

    @Option(
        help: ArgumentHelp("Not before this: RFC 3339, a date (UTC), a duration from now, or now.", valueName: "time"))
    var due: String?

    @Flag(help: "Due now, even if it is known and not due.")
    var force = false

    func validate() throws {
        guard (urls + sitemaps).isEmpty != files.isEmpty else {
            throw ValidationError("Give either URLs and --sitemap, or --file; -f - reads standard input.")
        }
        guard files.count(where: { $0 == "-" }) < 2 else {
            throw ValidationError("Standard input can be read once: give -f - once.")
        }
        if let bad = (urls + sitemaps).first(where: { $0.contains { $0.isNewline } }) {
            throw ValidationError("'\(Terminal.clean(bad))' holds a line break.")
        }
        if let priority, !(-100...100).contains(priority) {
            throw ValidationError("--priority \(priority): from -100 to 100.")
        }
        if let recrawl, RecrawlText(recrawl) == nil {
            throw ValidationError("--recrawl \(recrawl): never, adaptive, or a duration such as 30m, 12h or 7d.")
        }
        if let due, DueTime.timestamp(due, now: 0) == nil {
            throw ValidationError(
                "--due \(due): a time such as 2026-01-31T08:00:00Z, a date such as 2026-01-31, a duration such as 2h, or now."
            )
        }
    }

    func run(in session: Session) throws {
        Interrupt.arm()
        var run = EnqueueRun(verb: self, session: session)
        try run.run()
    }

    // MARK: Used by its run

    /// For all URLs of the input alike. With a sitemap they are in the objects already.
    var hasOptions: Bool { sitemaps.isEmpty && (priority != nil || recrawl != nil || due != nil || force) }

    func lines(of key: String, now: Int64) -> ObjectLines {
        ObjectLines(
            key: key, priority: priority, recrawl: recrawl, dueAt: due.flatMap { DueTime.timestamp($0, now: now) },
            force: force)
    }

    /// What the command line names, if it names no file.
    func ownSource(now: Int64) -> ByteSource {
        guard !sitemaps.isEmpty else { return ByteSource(urls: urls) }
        func convert(_ urls: [String], _ key: String) -> [UInt8] {
            var lines = lines(of: key, now: now)
            return lines.convert(Array(urls.map { $0 + "\n" }.joined().utf8))
        }
        return ByteSource(bytes: convert(sitemaps, "sitemap") + convert(urls, "url"))
    }
}
