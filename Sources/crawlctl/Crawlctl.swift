import ArgumentParser
import ControlAPI
import Glibc

@main
struct Crawlctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crawlctl",
        abstract: "Hands URLs to crawld and shows what became of them.",
        discussion: """
            EXAMPLES
              crawlctl enqueue https://example.com/ https://example.org/
              crawlctl enqueue -f urls.txt --recrawl 7d
              crawlctl enqueue --sitemap https://example.com/sitemap.xml
              crawlctl status
              crawlctl show https://example.com/
              crawlctl list --state broken-origin
              crawlctl incident K3F9QZ
              crawlctl results --follow --new
              crawlctl cat https://example.com/
              crawlctl --json incidents | jq .cause

            The socket is --socket, else $CRAWLD_SOCKET, else \(Connecting.defaultSocket).

            EXIT CODES
               0 done               66 not found            74 a file cannot be read
              64 usage              69 no daemon there      75 try again later
              65 input rejected     70 a defect             77 not permitted
                                                           130 Ctrl-C
            With --json an error is the API's JSON on standard error. Where no answer of the API is behind it, its status \
            is 0.
            """,
        version: "crawlctl \(ProductVersion.current)",
        subcommands: [
            EnqueueVerb.self, StatusVerb.self, ShowVerb.self, ExplainVerb.self, ListVerb.self, OriginVerb.self,
            ReviveVerb.self,
            RemoveVerb.self, ResultsVerb.self, ConsumersVerb.self, CatVerb.self, SitemapsVerb.self,
            IncidentsVerb.self, IncidentVerb.self,
            AlertsVerb.self, PauseVerb.self,
            ResumeVerb.self,
        ])

    @OptionGroup var connecting: Connecting

    /// The one place where a failure becomes an exit code.
    static func main() {
        var json = false
        do {
            if let mistyped = Mistyped.verb(in: Array(CommandLine.arguments.dropFirst())) { throw mistyped }
            var command = try parseAsRoot()
            if let verb = command as? any Verb {
                json = verb.wantsJSON
                try verb.run(in: verb.session())
            } else {
                try command.run()
            }
        } catch let failure as CtlFailure {
            let terminal = Terminal.standard()
            if json {
                terminal.rawRemark(failure.json)
            } else if !failure.message.isEmpty {
                terminal.remark("crawlctl: " + Self.cleaned(failure.message))
            }
            Glibc.exit(failure.reason.rawValue)
        } catch {
            exit(withError: error)
        }
    }

    private static func cleaned(_ message: String) -> String {
        message.split(separator: "\n", omittingEmptySubsequences: false).map { Terminal.clean(String($0)) }
            .joined(separator: "\n")
    }
}
