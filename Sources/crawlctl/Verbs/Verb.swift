import ArgumentParser
import ControlAPI
import Glibc

/// The options that may stand before or behind the verb.
struct Connecting: ParsableArguments {
    static let defaultSocket = "/run/crawld/control.sock"

    @Option(help: ArgumentHelp("Control socket of the daemon.", valueName: "path"), completion: .file())
    var socket: String?

    @Flag(help: "Print exactly what the API answered; errors too, on standard error.")
    var json = false

    @Option(help: Self.timeoutHelp)
    var timeout: String?

    static let timeoutHelp = ArgumentHelp(
        "Give up when the daemon is silent for so long, exit 75; 0s waits for ever. "
            + "Without it 30s, and for what writes as long as it takes.",
        valueName: "duration")

    func validate() throws { try Self.check(timeout) }

    static func check(_ timeout: String?) throws {
        if let timeout, DurationText.duration(timeout) == nil {
            throw ValidationError("--timeout \(timeout): a duration such as 500ms, 30s or 5m, or 0s for no end.")
        }
    }
}

/// The same options in the verb's own help. Which of the two groups gets a value is the parser's business; a type of its
/// own, because an equal one would be shared.
struct ConnectingOfVerb: ParsableArguments {
    @Option(help: ArgumentHelp("Control socket of the daemon.", valueName: "path"), completion: .file())
    var socket: String?

    @Flag(help: "Print exactly what the API answered; errors too, on standard error.")
    var json = false

    @Option(help: Connecting.timeoutHelp)
    var timeout: String?

    func validate() throws { try Connecting.check(timeout) }
}

/// One verb of `crawlctl`.
protocol Verb: ParsableCommand {
    var parent: Crawlctl { get }
    var connecting: ConnectingOfVerb { get }

    /// It changes something: to give up in the middle leaves open whether it did.
    static var writes: Bool { get }

    func run(in session: Session) throws
}

extension Verb {
    static var writes: Bool { false }

    var socketPath: String {
        connecting.socket ?? parent.connecting.socket
            ?? getenv("CRAWLD_SOCKET").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
            ?? Connecting.defaultSocket
    }

    var wantsJSON: Bool { connecting.json || parent.connecting.json }

    /// ms; nil = it was not given.
    var timeout: Int64? {
        guard let text = connecting.timeout ?? parent.connecting.timeout else { return nil }
        return DurationText.duration(text).map {
            $0.components.seconds * 1000 + $0.components.attoseconds / 1_000_000_000_000_000
        }
    }

    func session() throws(CtlFailure) -> Session {
        let terminal = Terminal.standard()
        // A script that reads JSON from standard error reads nothing else there.
        let says = !wantsJSON || terminal.showsProgress
        let waiting = Waiting(
            path: socketPath, timeout: timeout, writes: Self.writes, clock: SystemClock.steadyMs,
            isInterrupted: { Interrupt.isRaised },
            say: { if says { terminal.note("crawlctl: " + Terminal.clean($0)) } })
        try SocketProbe.check(socketPath, waiting)
        return Session(
            connection: SocketConnection(path: socketPath, waiting: waiting), json: wantsJSON, terminal: terminal,
            now: SystemClock.nowMs(), isInterrupted: { Interrupt.isRaised })
    }
}
