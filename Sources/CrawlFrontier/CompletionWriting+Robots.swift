import CrawlCore
import GRDB

// What answers for robots.txt and the guards change, in the transaction of the verdicts. A change of a robots.txt goes by
// the same rule as a verdict: its own row first (`RobotsTable.save`), then what it shares as that is now.

extension CompletionWriting {
    // MARK: robots.txt

    func write(_ change: RobotsChange) throws {
        if change.requests > 0 { count(change.outcome, repeats: change.repeats) }
        spent += max(0, change.requests - 1)  // redirects that were followed
        if let block = change.block { try BlockTable.save(db, block.block, of: block.origin) }
        if change.isVoid || !obeysRobots { return }
        let saved = try RobotsTable(db: db).save(change)
        if case .void = saved { return }
        let id = URLKey.robots(of: change.origin)
        try writeHealth(change, id)
        if case .newRules = saved, try refusals.hasAny(of: change.origin) { try readmit(change.origin) }
    }

    private func writeHealth(_ change: RobotsChange, _ id: Int64) throws {
        var record = change.health?.record
        if let event = change.event, let incident = change.incident {
            switch event {
            case .marked:
                if let edge = change.challenger, let marked = record {
                    record?.mark?.incident = try incidents.join(
                        incident, marked, origin: change.origin, edge, at: change.at)
                } else {
                    let urls = try HoldTable(db: db).urls(of: change.origin)
                    try open(incident, .robots(change.origin), &record, change.savedRate, urls: urls, at: change.at)
                }
            case .resolved:
                try incidents.end(incident, ofRobots: change.origin, how: .recovered, at: change.at, spent: 1)
            }
        } else if let mark = record?.mark {
            if change.requests > 0 { try LedgerTable(db: db).noteAsked(incidents.current(mark.incident)) }
            // Whoever asks robots.txt knows the mark by the name it was given first.
            record?.mark?.incident = try incidents.current(mark.incident)
        }
        if let record {
            try HealthRow.save(db, id, record, dueAt: change.dueAt)
        } else {
            try HealthRow.delete(db, id)
        }
        if try RelapseTable(db: db).follow(id, record) { commit.changesOutbox = true }
    }

    // MARK: Guards

    func write(_ changes: GuardChanges) throws {
        try GuardTables(db: db).save(changes.domains)
        for period in changes.periods { try incidents.write(period) }
    }
}
