import ArgumentParser
import ControlAPI

struct ResumeVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on after a pause.",
        discussion: """
            EXAMPLES
              crawlctl resume
            """)

    static let writes = true

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb

    func run(in session: Session) throws {
        try session.send(APIRequest(.post, Routes.resume), as: PausedAnswer.self) { answer in
            session.terminal.line(answer.paused ? "paused" : "running")
        }
    }
}
