/// Who still waits for the first byte of an answer, oldest first. All wait equally long, so the list stays sorted by
/// itself: a doubly linked list through the slots, O(1) in and out, no allocation.
struct ResponseDeadlines {
    typealias Node = UnsafeMutablePointer<Slot>

    struct Link {
        /// Monotonic nanoseconds.
        var at: UInt64 = 0
        var isLinked = false
        var previous: Node?
        var next: Node?
    }

    private(set) var first: Node?
    private var last: Node?

    /// When the first deadline passes; `.max` = none waits.
    var next: UInt64 { first?.pointee.deadline.at ?? .max }

    mutating func append(_ slot: Node, at deadline: UInt64) {
        slot.pointee.deadline = Link(at: deadline, isLinked: true, previous: last, next: nil)
        if let last { last.pointee.deadline.next = slot } else { first = slot }
        last = slot
    }

    /// Does nothing for a slot that is not in the list.
    mutating func remove(_ slot: Node) {
        let link = slot.pointee.deadline
        guard link.isLinked else { return }
        if let previous = link.previous { previous.pointee.deadline.next = link.next } else { first = link.next }
        if let next = link.next { next.pointee.deadline.previous = link.previous } else { last = link.previous }
        slot.pointee.deadline = Link()
    }
}
