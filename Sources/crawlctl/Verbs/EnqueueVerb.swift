import ArgumentParser
import ControlAPI

struct EnqueueVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "enqueue", abstract: "Hand URLs to the daemon.",
        discussion: """
            A file holds one URL a line, or one JSON object a line: {"url": …, "priority": …, "due_at": …, \
            "recrawl": …, "meta": {…}, "force": …}, or with "sitemap" for "url". It is streamed, however long. The answer comes when everything is \
            stored. To enqueue a known URL again does no harm.

            A sitemap is fetched by the daemon, as politely as any page, and read: urlset or index, plain text or a feed, \
            gzip or not. The options are then for the pages it lists; its own priority and lastmod count where they \
            say nothing. crawlctl sitemaps shows how far it is.

            EXAMPLES
              crawlctl enqueue https://example.com/
              crawlctl enqueue -f urls.txt --recrawl 7d --priority 10
              crawlctl enqueue -f a.txt -f b.txt                one after the other
              crawlctl enqueue --recrawl adaptive https://example.com/news
              zcat urls.gz | crawlctl enqueue -f -
              crawlctl enqueue --sitemap https://example.com/sitemap.xml --recrawl 7d
              crawlctl enqueue --force https://example.com/     even if it is known
              crawlctl enqueue --due 2h https://example.com/    in two hours

            Exit code 65 says that lines were rejected; each is listed with its number, the others are stored.
            """)

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

    @Option(help: ArgumentHelp("Not before this: RFC 3339, a duration from now, or now.", valueName: "time"))
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
            throw ValidationError("--due \(due): a time such as 2026-01-31T08:00:00Z, a duration such as 2h, or now.")
        }
    }

    func run(in session: Session) throws {
        let sources =
            if !files.isEmpty { try files.map { try ByteSource(path: $0) } } else if sitemaps.isEmpty {
                [ByteSource(urls: urls)]
            } else {
                [ByteSource(bytes: objects(session))]
            }
        // All of them are looked at before anything is sent: where one is mistyped nothing of the others is stored.
        let areObjects = try sources.map { try $0.firstSignificantByte() == UInt8(ascii: "{") }
        guard !hasOptions || !areObjects.contains(true) else {
            throw CtlFailure(
                .usage, "JSON objects carry their own fields: leave --priority, --recrawl, --due and --force out")
        }
        var total = EnqueueAnswer()
        for (index, source) in sources.enumerated() {
            let name = sources.count > 1 ? files[index] : nil
            do {
                let answer = try send(source, isObjects: areObjects[index], in: session)
                let counts = try session.decode(EnqueueAnswer.self, from: answer.body)
                if session.json { session.terminal.raw(answer.body) }
                tell(counts, of: name, in: session)
                total.new += counts.new
                total.known += counts.known
                total.rejected += counts.rejected
            } catch let failure as CtlFailure {
                // What is stored stays stored.
                if index > 0, !session.json { summarize(total, in: session) }
                guard let name, !failure.message.hasPrefix(name) else { throw failure }
                throw CtlFailure(failure.reason, "\(name): \(failure.message)")
            }
        }
        if !session.json { summarize(total, in: session) }
        if total.rejected > 0 { throw CtlFailure(.rejected, "") }
    }

    /// For all URLs of the input alike. With a sitemap they are in the objects already.
    private var hasOptions: Bool { sitemaps.isEmpty && (priority != nil || recrawl != nil || due != nil || force) }

    private func send(_ source: ByteSource, isObjects: Bool, in session: Session) throws -> APIAnswer {
        let upload = Upload(source: source, progress: Progress(now: SystemClock.nowMs()), terminal: session.terminal)
        if hasOptions { upload.objects = lines(of: "url", session) }
        let body = APIBody(
            contentType: isObjects || hasOptions ? ContentType.ndjson : ContentType.text, read: upload.read)
        defer { upload.wipe() }
        return try session.send(APIRequest(.post, Routes.urls, body: body))
    }

    private func lines(of key: String, _ session: Session) -> ObjectLines {
        ObjectLines(
            key: key, priority: priority, recrawl: recrawl,
            dueAt: due.flatMap { DueTime.timestamp($0, now: session.now) }, force: force)
    }

    private func objects(_ session: Session) -> [UInt8] {
        func convert(_ urls: [String], _ key: String) -> [UInt8] {
            var lines = lines(of: key, session)
            return lines.convert(Array(urls.map { $0 + "\n" }.joined().utf8))
        }
        return convert(sitemaps, "sitemap") + convert(urls, "url")
    }

    private func summarize(_ counts: EnqueueAnswer, in session: Session) {
        session.terminal.line(
            "\(NumberText.count(counts.new)) new, \(NumberText.count(counts.known)) known,"
                + " \(NumberText.count(counts.rejected)) rejected")
    }

    /// The lines that were rejected; `name` is the file's, nil = there is one only.
    private func tell(_ counts: EnqueueAnswer, of name: String?, in session: Session) {
        let place = name.map { "\($0), " } ?? ""
        for problem in counts.problems {
            session.terminal.remark(
                Terminal.clean(
                    "\(place)line \(problem.line): \(problem.url ?? "-"): \(problem.code): \(problem.detail)"))
        }
        let unlisted = counts.rejected - counts.problems.count
        if unlisted > 0 { session.terminal.remark(Terminal.clean("\(place)and \(NumberText.count(unlisted)) more")) }
    }
}
