import ControlAPI

/// A wait for the daemon that a person is told of, and that ends.
final class Waiting {
    enum Phase {
        /// The connection is not taken.
        case connecting
        /// No answer, or not all of it.
        case answering
    }

    private let path: String
    private var patience: Patience
    private let writes: Bool
    private let clock: () -> Int64
    private let say: (String) -> Void
    private let isInterrupted: () -> Bool
    private var hasSaidStop = false

    /// Of a read when nothing else is asked for, ms.
    static let readLimit: Int64 = 30_000

    /// - Parameters:
    ///   - timeout: `--timeout`, ms; 0 = without end, nil = `readLimit`, and for what writes as long as it takes.
    ///   - clock: ms, from any origin.
    ///   - say: gets one line, once.
    ///   - isInterrupted: the user wants an end; an enqueue has one as soon as the daemon has said what it stored.
    init(
        path: String, timeout: Int64?, writes: Bool, clock: @escaping () -> Int64,
        isInterrupted: @escaping () -> Bool = { false }, say: @escaping (String) -> Void
    ) {
        self.isInterrupted = isInterrupted
        self.path = path
        self.writes = writes
        self.clock = clock
        self.say = say
        let limit = timeout ?? (writes ? 0 : Self.readLimit)
        patience = Patience(limit: limit > 0 ? limit : nil, now: clock())
    }

    func heard() { patience.heard(now: clock()) }

    /// Call it again and again while nothing comes; throws when it has been too long.
    func tick(_ phase: Phase) throws(CtlFailure) {
        if isInterrupted(), !hasSaidStop {
            hasSaidStop = true
            say(
                "stopping: waiting for the daemon at \(path) to say what it stored; sending all of it again is safe; "
                    + "Ctrl-C again ends at once")
        }
        switch patience.step(now: clock()) {
        case .wait: return
        case .say: say(notice(phase))
        case .giveUp: throw givenUp(phase)
        }
    }

    private func notice(_ phase: Phase) -> String {
        let what =
            switch phase {
            case .connecting: "waiting for the daemon at \(path) to take the connection"
            case .answering: "waiting for the daemon at \(path) to answer"
            }
        guard let limit = patience.limit else { return "\(what), as long as it takes: --timeout sets an end" }
        return "\(what), up to \(DurationText.text(.milliseconds(limit)))"
    }

    private func givenUp(_ phase: Phase) -> CtlFailure {
        let span = DurationText.text(.milliseconds(patience.limit ?? 0))
        let what =
            switch phase {
            case .connecting: "the daemon at \(path) has not taken the connection for \(span)"
            case .answering: "the daemon at \(path) has not answered for \(span)"
            }
        let stored = writes && phase == .answering ? "\nwhat was sent may be stored; sending it again is safe" : ""
        return CtlFailure(
            .tryAgain,
            "\(what): it hangs, or is starting\(stored)\nlook at systemctl status crawld.service, try again later, or "
                + "wait longer with --timeout 5m")
    }
}
