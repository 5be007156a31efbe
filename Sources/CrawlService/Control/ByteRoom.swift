import ControlAPI
package import CrawlCore
import Synchronization

/// Memory that many share: all of them together have so much and no more. One kind are `application/json` bodies, which
/// have to lie there whole before they are read; another are answers, which lie there until their clients take them. Who
/// finds no room waits for it in its turn, for a while. Those that hold some already go before those that have not begun:
/// what they hold is given back only when they are done, or have waited too long. From any thread.
package final class ByteRoom: Sendable {
    private struct State {
        var free: Int
        var waiters: [Waiter] = []
        var lastWaiter = 0
        /// Waiters that gave up before they stood in line.
        var gone: Set<Int> = []
    }

    private struct Waiter {
        var number: Int
        var bytes: Int
        /// Of one that holds some already.
        var isGrowth: Bool
        /// False = it waits no more.
        var answer: CheckedContinuation<Bool, Never>
    }

    private let state: Mutex<State>
    private let patience: Duration
    private let refusal: ControlError
    private let clock: any Clock
    private let lane: any Lane

    /// `patience`: how long one waits for room; `refusal`: what it is told then.
    package init(bytes: Int, patience: Duration, clock: any Clock, refusal: ControlError = .busy()) {
        state = Mutex(State(free: bytes))
        self.patience = patience
        self.refusal = refusal
        self.clock = clock
        lane = clock.lane("crawld.service.byte-room")
    }

    package var free: Int { state.withLock { $0.free } }
    /// Those that wait for room.
    package var waiting: Int { state.withLock { $0.waiters.count } }

    /// Returns when there is room, which is the caller's until `give`; throws `refusal` if there is none for too long.
    /// `isGrowth`: the caller holds some already.
    func take(_ bytes: Int, isGrowth: Bool = false) async throws(ControlError) {
        let number: Int? = state.withLock { state in
            let isFirst = state.waiters.first.map { isGrowth && !$0.isGrowth } ?? true
            guard isFirst, state.free >= bytes else {
                state.lastWaiter += 1
                return state.lastWaiter
            }
            state.free -= bytes
            return nil
        }
        guard let number else { return }
        let hasRoom = await withTaskCancellationHandler {
            await withCheckedContinuation {
                queue(Waiter(number: number, bytes: bytes, isGrowth: isGrowth, answer: $0))
            }
        } onCancel: {
            leave(number, mayBeEarly: true)
        }
        state.withLock { _ = $0.gone.remove(number) }
        guard hasRoom else { throw refusal }
    }

    func give(_ bytes: Int) {
        serve { $0.free += bytes }
    }

    private func queue(_ waiter: Waiter) {
        let isGone = state.withLock { state in
            guard !state.gone.contains(waiter.number) else { return true }
            let place = waiter.isGrowth ? state.waiters.firstIndex { !$0.isGrowth } : nil
            state.waiters.insert(waiter, at: place ?? state.waiters.endIndex)
            return false
        }
        guard !isGone else { return waiter.answer.resume(returning: false) }
        let number = waiter.number
        lane.at(clock.now() + patience) { [weak self] in self?.leave(number) }
        serve { _ in }  // room may have come in between
    }

    /// `mayBeEarly`: it may not stand in line yet. Does nothing if it was served.
    private func leave(_ number: Int, mayBeEarly: Bool = false) {
        let waiter: Waiter? = state.withLock { state in
            guard let index = state.waiters.firstIndex(where: { $0.number == number }) else {
                if mayBeEarly { state.gone.insert(number) }
                return nil
            }
            return state.waiters.remove(at: index)
        }
        waiter?.answer.resume(returning: false)
        serve { _ in }  // those behind it may need less
    }

    /// Strictly in turn: a large body would wait for ever behind small ones.
    private func serve(_ change: (inout State) -> Void) {
        let served: [Waiter] = state.withLock { state in
            change(&state)
            var served: [Waiter] = []
            while let first = state.waiters.first, first.bytes <= state.free {
                state.free -= first.bytes
                served.append(state.waiters.removeFirst())
            }
            return served
        }
        for waiter in served { waiter.answer.resume(returning: true) }
    }
}

/// What one body or answer has of the room; given back when it goes, however it goes.
final class ByteShare: Sendable {
    private let room: ByteRoom
    /// Bytes that it may have at most: as a body says itself, or as any may.
    private let limit: Int
    private let doubles: Bool
    private let held = Mutex(0)

    /// `doubles`: it comes in small pieces, and gets twice what it had each time.
    init(of room: ByteRoom, limit: Int, doubles: Bool = true) {
        self.room = room
        self.limit = limit
        self.doubles = doubles
    }

    deinit {
        let bytes = held.withLock { $0 }
        if bytes > 0 { room.give(bytes) }
    }

    /// It grows to `bytes`: only what is there takes room, whatever a body's length is said to be.
    func hold(_ bytes: Int) async throws(ControlError) {
        let before = held.withLock { $0 }
        guard bytes > before, bytes <= limit else { return }  // what is larger is refused by whoever reads it
        let wanted = max(bytes, doubles ? min(2 * before, limit) : 0)
        try await room.take(wanted - before, isGrowth: before > 0)
        held.withLock { $0 = wanted }
    }
}
