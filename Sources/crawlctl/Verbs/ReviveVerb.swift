import ArgumentParser
import ControlAPI

struct ReviveVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "revive", abstract: "Fetch a broken URL or origin again, now.",
        discussion: """
            Clears the failures that were counted and makes the URLs due. A URL that its origin holds back is revived \
            with --origin.

            EXAMPLES
              crawlctl revive https://example.com/page
              crawlctl revive --origin https://example.com
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @OptionGroup var selection: Selection

    func run(in session: Session) throws {
        try session.send(APIRequest(.post, Routes.revive, query: selection.query), as: AffectedAnswer.self) { answer in
            session.terminal.line("revived \(NumberText.urls(answer.affected))")
        }
    }
}
