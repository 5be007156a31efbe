import CrawlCore
import CrawlFrontier
import Synchronization

@testable import CrawlService

/// A sink that answers as it is told, and remembers what it was given.
final class ScriptedSink: AlertSink {
    let name: String
    private struct State {
        var sent: [StoredAlert] = []
        var open: [@Sendable (AlertDelivery) -> Void] = []
        var answers: [AlertDelivery]
        var held = false
        var calls: [String] = []
    }
    private let state: Mutex<State>

    /// `answers` in turn, then always delivered.
    init(_ name: String, answers: [AlertDelivery] = []) {
        self.name = name
        state = Mutex(State(answers: answers))
    }

    /// Answers only when told.
    var isHeld: Bool {
        get { state.withLock { $0.held } }
        set { state.withLock { $0.held = newValue } }
    }

    var sent: [StoredAlert] { state.withLock { $0.sent } }
    var urls: [String] { sent.compactMap(\.facts.url) }
    var calls: [String] { state.withLock { $0.calls } }

    func deliver(_ alert: StoredAlert, done: @escaping @Sendable (AlertDelivery) -> Void) {
        let answer: AlertDelivery? = state.withLock { state in
            state.sent.append(alert)
            if state.held {
                state.open.append(done)
                return nil
            }
            return state.answers.isEmpty ? .delivered : state.answers.removeFirst()
        }
        if let answer { done(answer) }
    }

    func answerAll(_ answer: AlertDelivery) {
        let open = state.withLock { state in
            defer { state.open = [] }
            return state.open
        }
        for done in open { done(answer) }
    }

    func stop() { state.withLock { $0.calls.append("stop") } }
    func kill() { state.withLock { $0.calls.append("kill") } }
}
