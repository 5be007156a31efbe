import ArgumentParser
import ControlAPI
import Glibc

/// The options that may stand before or behind the verb.
struct Connecting: ParsableArguments {
    static let defaultSocket = "/run/crawld/control.sock"

    @Option(help: ArgumentHelp("Control socket of the daemon.", valueName: "path"), completion: .file())
    var socket: String?

    @Flag(help: "Print exactly what the API answered.")
    var json = false
}

/// The same options in the verb's own help. Which of the two groups gets a value is the parser's business; a type of its
/// own, because an equal one would be shared.
struct ConnectingOfVerb: ParsableArguments {
    @Option(help: ArgumentHelp("Control socket of the daemon.", valueName: "path"), completion: .file())
    var socket: String?

    @Flag(help: "Print exactly what the API answered.")
    var json = false
}

/// One verb of `crawlctl`.
protocol Verb: ParsableCommand {
    var parent: Crawlctl { get }
    var connecting: ConnectingOfVerb { get }

    func run(in session: Session) throws
}

extension Verb {
    var socketPath: String {
        connecting.socket ?? parent.connecting.socket
            ?? getenv("CRAWLD_SOCKET").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
            ?? Connecting.defaultSocket
    }

    var wantsJSON: Bool { connecting.json || parent.connecting.json }

    func session() throws(CtlFailure) -> Session {
        try SocketProbe.check(socketPath)
        return Session(
            connection: SocketConnection(path: socketPath), json: wantsJSON, terminal: .standard(),
            now: SystemClock.nowMs())
    }
}
