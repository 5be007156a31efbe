import CrawlCore
import CrawlFrontier
import Synchronization

/// Tells the observer of attempts that were no requests, because their names had no address.
final class UnaskedWatch: Sendable {
    private struct State {
        var store: FrontierStore?
        /// Which of the plan's origins a number of the store's is.
        var origins: [Int64: Int] = [:]
        var error: (any Error)?
    }

    private let observer: Observer
    private let state = Mutex(State())

    init(observer: Observer) { self.observer = observer }

    /// Of the process that runs; another one after each restart.
    var store: FrontierStore? {
        get { state.withLock { $0.store } }
        set { state.withLock { $0.store = newValue } }
    }

    /// Why the store could not be read.
    var error: (any Error)? { state.withLock { $0.error } }

    func learn(_ number: Int64, is origin: Int) { state.withLock { $0.origins[number] = origin } }

    func note(_ results: [FetchResult]) {
        for result in results {
            do {
                // What an operator has just removed is nobody's any more.
                guard let target = try target(of: result.ticket) else { continue }
                observer.unasked(target, result)
            } catch {
                state.withLock { $0.error = error }
            }
        }
    }

    private func target(of ticket: Int64) throws -> Target? {
        let number = URLKey.origin(of: ticket)
        if URLKey.isRobots(ticket) {
            return state.withLock { $0.origins[number] }.map { Target(origin: $0, page: nil) }
        }
        guard let target = try store?.records([ticket]).first.flatMap({ Target($0.url) }) else { return nil }
        learn(number, is: target.origin)
        return target
    }
}
