import ArgumentParser
import ControlAPI

struct PauseVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Start no new fetches.",
        discussion: """
            Fetches in flight end; URLs are still accepted. The pause outlives a restart, until crawlctl resume.

            EXAMPLES
              crawlctl pause
            """)

    static let writes = true

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb

    func run(in session: Session) throws {
        try session.send(APIRequest(.post, Routes.pause), as: PausedAnswer.self) { answer in
            session.terminal.line(answer.paused ? "paused" : "running")
        }
    }
}
