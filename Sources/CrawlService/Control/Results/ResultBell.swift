import Synchronization

/// Wakes those that have read the result feed to its end. From any thread; whoever rings waits for nobody.
package final class ResultBell: Sendable {
    private struct State {
        var head = Int64.min
        var lastWaiter = 0
        var waiting: [Int: Waiter] = [:]
        /// Waiters that were cancelled before they waited.
        var gone: Set<Int> = []
    }

    private struct Waiter {
        var seq: Int64
        var answer: CheckedContinuation<Void, Never>
    }

    private let state = Mutex(State())

    package init() {}

    /// There are results up to `head` now.
    package func ring(_ head: Int64) {
        let woken = state.withLock { state in
            state.head = max(state.head, head)
            let woken = state.waiting.filter { $0.value.seq < head }
            for number in woken.keys { state.waiting[number] = nil }
            return woken.values.map(\.answer)
        }
        for answer in woken { answer.resume() }
    }

    /// Returns when there are results after `seq`, or the task is cancelled.
    package func wait(beyond seq: Int64) async {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { answer in
                let isOver = state.withLock { state in
                    if state.head > seq || state.gone.remove(number) != nil { return true }
                    state.waiting[number] = Waiter(seq: seq, answer: answer)
                    return false
                }
                if isOver { answer.resume() }
            }
        } onCancel: {
            leave(number)
        }
        state.withLock { _ = $0.gone.remove(number) }
    }

    private func leave(_ number: Int) {
        let waiter = state.withLock { state in
            let waiter = state.waiting.removeValue(forKey: number)
            if waiter == nil { state.gone.insert(number) }
            return waiter
        }
        waiter?.answer.resume()
    }

    /// Those that wait.
    package var waiting: Int { state.withLock { $0.waiting.count } }
}
