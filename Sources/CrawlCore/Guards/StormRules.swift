/// When many failures at once are one event and not many: numbers of the storm guard and of the offline guard.
package struct StormRules: Sendable, Hashable {
    /// More than this share of the domains asked behind one edge have turned bad; 1 = never.
    package var share = 0.1
    /// At least so many domains have.
    package var minDomains = 5
    /// Within this time.
    package var window: Duration = .seconds(20 * 60)
    /// A storm is over after this, whatever still fails: that is then judged one by one.
    package var max: Duration = .seconds(6 * 3600)

    package init() {}

    /// A domain counts if it gave a good answer so long before its present streak, or later.
    static let memory = Duration.seconds(24 * 3600)
    /// Members of a storm that are asked at a time, and how often.
    static let sampleSize = 20
    static let samplePeriod = Duration.seconds(5 * 60)
    /// A storm has to be weak for so long to be over.
    static let calm = Duration.seconds(10 * 60)

    /// Domains that have to fall silent, with none that answers in so long a time, for us to be offline.
    package static let offlineDomains = 5
    static let offlineWindow = Duration.seconds(60)
    static let probePeriod = Duration.seconds(30)
    /// Domains whose HTTP answers end it.
    static let answersToEnd = 2
    /// Domains that take turns at being asked while we are offline.
    static let probeTurn = 64
}
