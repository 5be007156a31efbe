/// A lease of an origin that is under way: what is read for it may be of before, or of after, anything that is stored
/// meanwhile.
struct PendingLease {
    /// `LeaseRequest.number`.
    let number: Int
    /// What it was asked by holds no more: what comes is thrown away, and leased anew.
    var isVoid = false
    /// When work came up that it may not have seen; nil = none did.
    var due: Instant?
    var healthDue: Instant?
    /// The highest of such work.
    var priority = Int.min
}

extension ActiveOrigin {
    /// What is stored of the origin, or known of it, is other than when the lease was asked for.
    func voidLease() { leasing?.isVoid = true }

    /// URLs of the origin were put before others. A bulk of those may go on for long: what is leased all the same is asked in
    /// the order of before.
    func voidLeaseByOrder() {
        guard let leasing, !leasing.isVoid, voidsInARow < Self.mostVoids else { return }
        voidsInARow += 1
        voidLease()
    }

    private static let mostVoids = 3

    func noteDue(_ due: Instant) {
        nextDue = min(nextDue ?? due, due)
        if let leasing { self.leasing?.due = min(leasing.due ?? due, due) }
    }

    func noteHealthDue(_ due: Instant) {
        nextHealthDue = min(nextHealthDue ?? due, due)
        if let leasing { self.leasing?.healthDue = min(leasing.healthDue ?? due, due) }
    }
}
