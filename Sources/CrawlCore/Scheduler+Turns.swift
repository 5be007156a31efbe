import DequeModule
import HeapModule

/// Whose turn it is: first those in line, then the others by the moment at which they may be asked.
extension Scheduler {
    /// When the next origin has its turn.
    mutating func nextTurn() -> Instant? {
        guard !isPaused, !guards.isOffline, !names.isFull else { return nil }
        guard let at = firstTurn()?.at, at < .distantFuture else { return nil }
        return at
    }

    /// Whose turn comes first; what lies before it in either heap and counts no more is gone.
    private mutating func firstTurn() -> Wake? {
        while let first = line.first, origins[first.origin]?.turn != first.turn { line.removeFirst() }
        if inFlight < rules.maxInFlight, let first = line.first { return first }
        return wantsStock ? firstOfHeaps() : nil
    }

    private mutating func firstOfHeaps() -> Wake? {
        while let top = heap.min, origins[top.origin]?.turn != top.turn { heap.removeMin() }
        guard !ready.isEmpty else { return heap.min }
        while let top = ready.min, origins[top.origin]?.turn != top.turn { ready.removeMin() }
        guard let waiting = heap.min, let due = ready.min else { return heap.min ?? ready.min }
        return min(waiting, due)
    }

    mutating func takeTurn() -> Wake? {
        guard let first = firstTurn() else { return nil }
        if first.turn == line.first?.turn { return line.popFirst() }
        return first.turn == ready.min?.turn ? ready.popMin() : heap.popMin()
    }

    /// An origin but the one that has its turn could go, too.
    mutating func hasOthersReady(_ now: Instant) -> Bool {
        leasesUnderWay > 0 || !line.isEmpty || firstOfHeaps().map { $0.at <= now } ?? false
    }

    /// Takes notice of those whose moment has come.
    mutating func settle(_ now: Instant) {
        while let top = heap.min, top.at <= now {
            heap.removeMin()
            guard origins[top.origin]?.turn == top.turn else { continue }
            ready.insert(top)
            noteReady(top.origin, now)
        }
    }

    /// Before all others but those in line: it has just been given what it wanted.
    mutating func wakeFirst(_ origin: Int64) {
        var slot = origins[origin] ?? Slot()
        guard slot.turn == 0 || !slot.isInLine else { return }
        let turn = noteTurn(of: origin, &slot, at: Instant(ms: .min), isInLine: true)
        line.append(turn)
        if line.count > 2 * origins.count + 1024 {
            line = line.filter { origins[$0.origin]?.turn == $0.turn }
        }
    }

    private mutating func noteTurn(of origin: Int64, _ slot: inout Slot, at: Instant, isInLine: Bool) -> Wake {
        turns += 1
        slot.turn = turns
        slot.at = at
        slot.isInLine = isInLine
        origins[origin] = slot
        return Wake(at: at, turn: turns, origin: origin)
    }

    /// `anew` replaces the origin's entry; otherwise the earlier of the two counts. `staysInLine`: its place in line, if it
    /// has one.
    mutating func wake(_ origin: Int64, at: Instant, anew: Bool = false, staysInLine: Bool = false) {
        var slot = origins[origin] ?? Slot()
        if slot.turn != 0, slot.at == at || (!anew && slot.at <= at) || staysInLine && slot.isInLine { return }
        heap.insert(noteTurn(of: origin, &slot, at: at, isInLine: false))
        if heap.count + ready.count > 2 * origins.count + 1024 { compact() }
    }

    /// Entries that were replaced lie in the heap until their moment comes, which may be a month away.
    private mutating func compact() {
        heap = Heap(
            origins.lazy.filter { $0.value.turn != 0 && !$0.value.isInLine }.map {
                Wake(at: $0.value.at, turn: $0.value.turn, origin: $0.key)
            })
        ready = Heap()
    }
}
