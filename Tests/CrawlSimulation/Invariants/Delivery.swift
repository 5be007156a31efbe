import CrawlCore
import CrawlFrontier

/// Each message reaches each receiver, those of one incident in their order, and again only if the daemon was killed
/// before it could write down that it was taken. What was taken is never taken back.
struct Delivery: Invariant {
    let name = "delivery"
    /// By receiver: the messages taken, and by which process's hand.
    private var taken: [String: [Int64: Int]] = [:]
    /// By receiver: the last message of each incident.
    private var last: [String: [String: Int64]] = [:]

    mutating func delivered(_ delivered: Delivered, _ history: History) -> Breach? {
        let alert = delivered.alert
        let incident = alert.facts.incident
        let before = last[delivered.sink]?[incident]
        let life = taken[delivered.sink]?.updateValue(history.life, forKey: alert.seq)
        taken[delivered.sink, default: [:]][alert.seq] = history.life
        if let life {
            if life == history.life { return Breach(nil, "\(delivered.sink) is sent \(alert.id) twice") }
            return before == alert.seq
                ? nil : Breach(nil, "\(delivered.sink) is sent \(alert.id) again, after another of its incident")
        }
        last[delivered.sink, default: [:]][incident] = alert.seq
        guard let before, before > alert.seq else { return nil }
        return Breach(nil, "\(delivered.sink) is sent \(alert.id) of \(incident) after one that came later")
    }

    func rested(_ history: History, _ store: FrontierStore, isEnd: Bool) throws -> Breach? {
        let stored = try store.alerts(after: 0, limit: 100_000)
        let known = Set(stored.map(\.alert.seq))
        for (sink, taken) in taken {
            if let gone = taken.keys.first(where: { !known.contains($0) }) {
                return Breach(nil, "\(sink) was sent message \(gone), which is no longer known")
            }
        }
        for message in stored {
            for delivery in message.deliveries {
                let isTaken = taken[delivery.sink]?[message.alert.seq] != nil
                if delivery.isDelivered, !isTaken {
                    return Breach(
                        nil, "\(message.alert.id) is told to be delivered to \(delivery.sink), which never had it")
                }
                if delivery.state == .givenUp { return Breach(nil, "\(message.alert.id) is given up within days") }
            }
        }
        return isEnd ? waiting(stored, history) : nil
    }

    /// Nothing waits that could have been sent: the first of each incident is tried when its time has come.
    private func waiting(_ stored: [StoredAlertDelivery], _ history: History) -> Breach? {
        var seen: Set<String> = []
        for message in stored {
            for delivery in message.deliveries where delivery.state == .waiting {
                guard seen.insert(delivery.sink + message.alert.facts.incident).inserted else { continue }
                let late = (history.wall - delivery.nextAt).ms
                guard late > RulesText.slack + WorldPlan.slowestSink else { continue }
                return Breach(nil, "\(message.alert.id) waits for \(delivery.sink) since \(late / 1000) s")
            }
        }
        return nil
    }
}
