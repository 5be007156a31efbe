import ArgumentParser
import ControlAPI

struct ReviveVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "revive", abstract: "Fetch what is broken again, now.",
        discussion: """
            Clears the failures that were counted and makes the URLs due. A URL that its origin holds back is revived \
            with --origin. An incident is named by its ID in crawlctl incidents. --cause revives all that is broken for \
            that cause: it says how much that is, and asks before it is done.

            EXAMPLES
              crawlctl revive https://example.com/page
              crawlctl revive --origin https://example.com
              crawlctl revive --incident K3F9QZ
              crawlctl revive --cause 520
              crawlctl revive --cause 520 --yes                 nobody is asked
            """)

    static let writes = true

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @OptionGroup var revival: Revival

    func run(in session: Session) throws {
        if let cause = revival.cause, !revival.yes, try !confirms(cause, in: session) {
            return session.terminal.remark("nothing was done")
        }
        try session.send(APIRequest(.post, Routes.revive, query: revival.query), as: RevivedAnswer.self) { answer in
            session.terminal.line(Self.text(answer, of: revival))
        }
    }

    /// Says how much it is, and asks.
    private func confirms(_ cause: String, in session: Session) throws(CtlFailure) -> Bool {
        var (incidents, urls) = (0, 0)
        let query = [(name: "open", value: "true"), (name: "cause", value: cause)]
        try session.pages(Routes.incidents, query: query, of: IncidentRecord.self, isQuiet: true) { records in
            incidents += records.count
            urls += records.reduce(0) { $0 + $1.urlsAffected }
        }
        // The answer says that there is nothing.
        guard incidents > 0 else { return true }
        let what =
            "\(NumberText.incidents(incidents)) with cause \(Terminal.clean(cause)), \(NumberText.urls(urls)) in all"
        guard session.terminal.canAsk else {
            throw CtlFailure(
                .usage,
                "this would revive \(what), and nobody can be asked: add --yes\n"
                    + "crawlctl incidents shows them; one alone: crawlctl revive --incident ID")
        }
        return session.terminal.asks("revive \(what)?")
    }

    static func text(_ answer: RevivedAnswer, of revival: Revival) -> String {
        if answer.incidents == 0 {
            return revival.cause.map { "nothing was broken: no open incident has cause \(Terminal.clean($0))" }
                ?? "nothing was broken: the incident is over"
        }
        guard answer.broken > 0 else {
            return "nothing was broken" + (answer.affected > 0 ? "; \(NumberText.urls(answer.affected)) due now" : "")
        }
        if revival.url != nil { return "revived \(NumberText.urls(answer.affected))" }
        let what =
            revival.origin.map { Terminal.clean($0) } ?? answer.incidents.map { NumberText.incidents($0) } ?? "it"
        // What failed and was not kept back has its failures forgotten, and that is all.
        guard answer.freed > 0 else { return "revived \(what): failures are forgotten, no URL was kept back" }
        return "revived \(what): \(NumberText.urls(answer.freed)) \(answer.freed == 1 ? "goes" : "go") free"
    }
}

/// What is revived: one of four.
struct Revival: ParsableArguments {
    @Argument(help: "The URL.") var url: String?

    @Option(help: ArgumentHelp("All URLs of this origin: scheme, host, port.", valueName: "origin"))
    var origin: String?

    @Option(help: ArgumentHelp("What this incident is about.", valueName: "id"))
    var incident: String?

    @Option(help: ArgumentHelp("What all open incidents of this cause are about, such as 520.", valueName: "cause"))
    var cause: String?

    @Flag(help: "With --cause: do not ask.") var yes = false

    func validate() throws {
        guard [url, origin, incident, cause].compactMap(\.self).count == 1 else {
            throw ValidationError("Give one of a URL, --origin, --incident and --cause.")
        }
        guard !yes || cause != nil else { throw ValidationError("--yes is for --cause: nothing else asks.") }
    }

    var query: [(name: String, value: String)] {
        [("url", url), ("origin", origin), ("incident", incident), ("cause", cause)]
            .compactMap { name, value in value.map { (name: name, value: $0) } }
    }
}
