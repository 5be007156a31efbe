import ArgumentParser
import ControlAPI

struct RemoveVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Forget a URL, or all URLs of an origin.",
        discussion: """
            There is no way back but to enqueue them again. An answer still in flight is dropped.

            EXAMPLES
              crawlctl remove https://example.com/page
              crawlctl remove --origin https://example.com
            """)

    static let writes = true

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @OptionGroup var selection: Selection

    func run(in session: Session) throws {
        try session.send(APIRequest(.delete, Routes.urls, query: selection.query), as: AffectedAnswer.self) { answer in
            session.terminal.line("removed \(NumberText.urls(answer.affected))")
        }
    }
}
