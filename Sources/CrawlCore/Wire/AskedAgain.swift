/// Requests whose answers over HTTP/2 were none, and that wait to go out once more, over HTTP/1.1. Each does so once:
/// whatever became of its origin's stay apart meanwhile, what comes of the second counts.
struct AskedAgain {
    /// So many at once; the answers of others count as they are.
    static let limit = 4096

    private var tickets: Set<Int64> = []

    /// False = it has been asked again already, or too many others are.
    mutating func begin(_ ticket: Int64) -> Bool {
        guard !tickets.contains(ticket), tickets.count < Self.limit else { return false }
        return tickets.insert(ticket).inserted
    }

    /// Its next request goes over HTTP/1.1.
    func contains(_ ticket: Int64) -> Bool { !tickets.isEmpty && tickets.contains(ticket) }

    /// Its answer counts, or it is asked no more.
    mutating func end(_ ticket: Int64) {
        if !tickets.isEmpty { tickets.remove(ticket) }
    }

    /// They were changed by hand.
    mutating func forget(_ rows: ChangedRows) {
        if !tickets.isEmpty { tickets = tickets.filter { !rows.contains($0) } }
    }
}
