import ArgumentParser
import ControlAPI
import Glibc

struct CatVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "cat", abstract: "The page of a URL, as it lies in the archive.",
        discussion: """
            The bytes of the page go to standard output, and nothing else does. It is the one that came last (results tells \
            when); output.warc.dir says whether pages are kept. gzip and deflate are undone; another content coding is left \
            as it is, which standard error says. A page of another URL that was the same to the byte stands for both.
            Exit 66: the URL is not known, or its page does not lie there; the message says why, and what to do.

            EXAMPLES
              crawlctl cat https://example.com/ | less
              crawlctl cat https://example.com/logo.png > logo.png
              crawlctl cat --headers https://example.com/           status line and header lines before it
              crawlctl cat --raw https://example.com/ | zcat        as it came
            """)

    @ParentCommand var parent: Crawlctl
    @OptionGroup var connecting: ConnectingOfVerb
    @Flag(help: "Content codings are left as they are.") var raw = false
    @Flag(help: "Begin with the page's own status line and header lines.") var headers = false
    @Argument(help: "The URL; it is compared in canonical form.") var url: String

    func run(in session: Session) throws {
        var query = [(name: "url", value: url)]
        if raw { query.append(("raw", "true")) }
        if headers { query.append(("headers", "true")) }
        let terminal = session.terminal
        func check() throws(CtlFailure) {
            guard let code = terminal.outFault() else { return }
            throw CtlFailure(.io, "standard output: \(String(cString: strerror(code)))")
        }
        let answer = try session.connection.download(APIRequest(.get, Routes.content, query: query)) {
            bytes throws(CtlFailure) in
            terminal.out(bytes)
            try check()
        }
        guard (200..<300).contains(answer.status) else { throw CtlFailure(answer) }
        for note in Self.notes(answer.headers, isRaw: raw) { terminal.note("crawlctl: " + Terminal.clean(note)) }
    }

    /// What is to be known of the bytes that were written.
    static func notes(_ headers: [String: String], isRaw: Bool) -> [String] {
        var notes: [String] = []
        if !isRaw, let coding = headers[ContentHeader.coding.lowercased()] {
            notes.append("the page is still in \(coding), which is left as it is")
        }
        let cuts = headers[ContentHeader.cut.lowercased()]?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
        return notes + cuts.map { Self.note(cut: $0) }
    }

    private static func note(cut: String) -> String {
        switch cut {
        case "length": "the page is not whole: it was longer than fetch.max_body when it was fetched"
        case "time": "the page is not whole: fetching it took longer than it may"
        case "disconnect": "the page is not whole: the connection ended before it did"
        case "limit": "not all of the page is shown: it is longer than fetch.max_body"
        case "coding": "the page's content coding is broken: --raw gives all of it as it came"
        default: "the page is not whole: \(cut)"
        }
    }
}
