import NIOCore
import Synchronization

/// Places for those that follow something: so many at a time, whatever they follow. A stop ends all of them.
final class FollowSeats: Sendable {
    private struct State {
        var isOver = false
        var lastNumber = 0
        var lines: [Int: (line: FollowLine, connection: ObjectIdentifier)] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// `connection`: its end is the follower's, see `leave`.
    func take(for connection: any Channel) throws(ControlError) -> FollowSeat {
        let taken: Result<FollowSeat, ControlError> = state.withLock { state in
            if state.isOver { return .failure(.shuttingDown()) }
            guard state.lines.count < limit else { return .failure(.tooManyFollow(limit)) }
            state.lastNumber += 1
            let line = FollowLine()
            state.lines[state.lastNumber] = (line, ObjectIdentifier(connection))
            return .success(FollowSeat(of: self, number: state.lastNumber, line))
        }
        let seat = try taken.get()
        // It may have ended before it had a place.
        if !connection.isActive { seat.line.end() }
        return seat
    }

    /// The connection has ended: whoever follows on it waits no more.
    func leave(_ connection: ObjectIdentifier) {
        let lines = state.withLock { state in
            state.lines.values.filter { $0.connection == connection }.map(\.line)
        }
        for line in lines { line.end() }
    }

    /// Nobody follows from here on.
    func end() {
        let lines = state.withLock { state in
            state.isOver = true
            return state.lines.values.map(\.line)
        }
        for line in lines { line.end() }
    }

    fileprivate func give(_ number: Int) { state.withLock { $0.lines[number] = nil } }

    var taken: Int { state.withLock { $0.lines.count } }
}

/// One of the places; free again when it is let go, however its answer ended.
final class FollowSeat: Sendable {
    private let seats: FollowSeats
    private let number: Int
    let line: FollowLine

    fileprivate init(of seats: FollowSeats, number: Int, _ line: FollowLine) {
        self.seats = seats
        self.number = number
        self.line = line
    }

    deinit { seats.give(number) }
}

/// The waits of one that follows: they end when the daemon stops, or the client has gone.
final class FollowLine: Sendable {
    private struct State {
        var isOver = false
        var wait: Task<Void, Never>?
    }

    private let state = Mutex(State())

    /// Waits for `news`, which ends when its task is cancelled. False = it is all over. One wait at a time.
    func wait(for news: @escaping @Sendable () async -> Void) async -> Bool {
        let wait: Task<Void, Never>? = state.withLock { state in
            guard !state.isOver else { return nil }
            let wait = Task { await news() }
            state.wait = wait
            return wait
        }
        guard let wait else { return false }
        await withTaskCancellationHandler {
            await wait.value
        } onCancel: {
            wait.cancel()
        }
        return state.withLock { state in
            state.wait = nil
            return !state.isOver && !Task.isCancelled
        }
    }

    var isOver: Bool { state.withLock { $0.isOver } }

    func end() {
        let wait = state.withLock { state in
            state.isOver = true
            return state.wait
        }
        wait?.cancel()
    }
}
