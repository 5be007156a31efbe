import CrawlFrontier

/// One thing that must always hold. Each method returns what is wrong, nil = nothing.
protocol Invariant: Sendable {
    /// For `--only`, and for people.
    var name: String { get }
    /// It is no matter of what was asked when: it holds for origins too at which an operator was at work.
    var holdsUnderHands: Bool { get }
    /// An operator begins to work at the origin.
    mutating func handed(_ origin: Int)
    /// After a commit that changed rows which URLs share, and now and then: at any moment of the store's.
    mutating func committed(_ store: FrontierStore, _ history: History) throws -> Breach?
    /// All that users can see of the store, read at one moment.
    mutating func surveyed(_ survey: Survey, _ history: History) -> Breach?
    /// Before the request is in the history.
    mutating func asked(_ asked: Asked, _ history: History) -> Breach?
    /// After the answer is in the history.
    mutating func answered(_ answer: Answer, _ history: History) -> Breach?
    /// After an alert `broken-origin`, `edge-incident` or `offline` is in the history. `isNew`: the first of its incident.
    mutating func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach?
    /// After an alert `resolved` is in the history. nil = of an incident that was never told of.
    /// A URL's incident has become its origin's, and nothing was told of it.
    mutating func widened(_ episode: Episode, _ history: History) -> Breach?
    mutating func closed(_ episode: Episode?, _ history: History) -> Breach?
    /// After an alert `soft-blocked` is in the history.
    mutating func softBlocked(_ block: SoftBlocks.Block, _ history: History) -> Breach?
    /// A receiver has taken a message.
    mutating func delivered(_ delivered: Delivered, _ history: History) -> Breach?
    mutating func killed(_ history: History)
    /// Nothing is on its way: after a restart, and at the end.
    mutating func rested(_ history: History, _ store: FrontierStore, isEnd: Bool) throws -> Breach?
}

extension Invariant {
    var holdsUnderHands: Bool { false }
    mutating func handed(_ origin: Int) {}
    mutating func committed(_ store: FrontierStore, _ history: History) throws -> Breach? { nil }
    mutating func surveyed(_ survey: Survey, _ history: History) -> Breach? { nil }
    mutating func asked(_ asked: Asked, _ history: History) -> Breach? { nil }
    mutating func answered(_ answer: Answer, _ history: History) -> Breach? { nil }
    mutating func opened(_ episode: Episode, isNew: Bool, _ history: History) -> Breach? { nil }
    mutating func widened(_ episode: Episode, _ history: History) -> Breach? { nil }
    mutating func closed(_ episode: Episode?, _ history: History) -> Breach? { nil }
    mutating func softBlocked(_ block: SoftBlocks.Block, _ history: History) -> Breach? { nil }
    mutating func delivered(_ delivered: Delivered, _ history: History) -> Breach? { nil }
    mutating func killed(_ history: History) {}
    mutating func rested(_ history: History, _ store: FrontierStore, isEnd: Bool) throws -> Breach? { nil }
}

/// All of them, by name.
package enum Invariants {
    static var all: [any Invariant] {
        [
            FullHour(), MarkedInTime(), HoldTold(), AskedEarly(), BrokenAsked(), RecheckedInTime(), OriginRate(),
            OneAlert(),
            OutageAlerts(),
            Relapse(), TwoGood(), OriginCost(), ProbeSlots(), PartialIncident(), Storm(), Offline(), SoftBlocked(),
            Delivery(), NothingLost(), Recovers(), OnlyConditional(), SharedRowsFit(), Counts(), OneWorker(),
            Named(), NameFault(), AddressRoom(),
        ]
    }

    package static var names: [String] { all.map(\.name) }
}
