/// What is known of an origin's name, as users see it.
package struct NameStatus: Sendable, Hashable {
    package var host: String
    /// The one that is asked next before the others; empty = there is none.
    package var addresses: [IPAddress]
    /// The end of the last look-up, and how long what it said holds; nil = there was none yet.
    package var lookedUpAt: Instant?
    package var holdsUntil: Instant?
    /// As a server said; nil = none did.
    package var ttl: Duration?
    /// What the last look-up said in place of an address; nil = it gave some.
    package var said: String?
    /// Since when no look-up was answered; nil = the last one was.
    package var failingSince: Instant?
    /// Since when one is under way; nil = none is.
    package var askedAt: Instant?

    /// Failing so long, it is told.
    package static let toldAfter = Duration.seconds(3600)

    /// Nobody can tell whose fault it is, and that lasts.
    package func isTold(_ now: Instant) -> Bool { failingSince.map { $0 <= now - Self.toldAfter } ?? false }

    init(_ record: NameRecord) {
        host = String(decoding: record.host, as: UTF8.self)
        addresses = record.addresses
        failingSince = record.failingSince
        askedAt = record.ticket == 0 ? nil : record.askedAt
        guard let answer = record.answer else { return }
        lookedUpAt = answer.endedAt
        holdsUntil = record.expiresAt
        switch answer.finding {
        case .addresses(_, let told): ttl = told
        case .noName(let told), .noAddress(let told):
            ttl = told
            said = answer.finding.text(isOurs: true)
        case .failed: said = answer.finding.text(isOurs: true)
        }
    }
}

/// What is kept of names, for `status`.
package struct NameFigures: Sendable, Hashable {
    package var count = 0
    /// In memory.
    package var bytes = 0
    /// Names that had no answer for an hour and more.
    package var failing = 0
    /// Look-ups that ended a second, over the last 10 s.
    package var rate = 0.0

    package init() {}
}

/// The address that most origins wait for.
package struct BusyAddress: Sendable, Hashable {
    package var address: IPAddress
    package var origins: Int
    package var inFlight: Int
}

extension Scheduler {
    /// Of an origin with this key; nil = nothing is known, it has an address in its place, or names are not looked up here.
    package func nameStatus(of key: [UInt8]) -> NameStatus? {
        guard rules.names.isOwn, case .name(let host) = HostOfKey(key) else { return nil }
        return names.known(Array(host)).map { NameStatus($0) }
    }

    /// nil = names are not looked up here.
    package func nameFigures(now: Instant) -> NameFigures? {
        guard rules.names.isOwn else { return nil }
        var figures = NameFigures()
        figures.count = names.count
        figures.bytes = names.bytes
        figures.failing = names.failing(since: now - NameStatus.toldAfter)
        return figures
    }

    /// nil = no origin waits for an address.
    package var busiestAddress: BusyAddress? { addresses.busiest }
}
