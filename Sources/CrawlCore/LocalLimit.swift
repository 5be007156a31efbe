/// What happens to fetching while our own machine has no sockets to give. Pure: the scheduler tells it of starts and
/// answers, and asks whether one more request may start.
///
///     all go ──a socket fails──► nothing starts ──wait──► one ──got its socket──► two, four … ──► all go
///                                      ▲                   │
///                                      └──fails: twice the wait
///
/// At most `window` requests are on the way to their sockets at the same time; each that gets one doubles it.
package struct LocalLimit: Sendable {
    /// From the first failure to the first try.
    package static let firstWait = Duration.milliseconds(250)
    package static let longestWait = Duration.seconds(30)
    /// A failure so soon after the one before waits twice as long as that did.
    package static let memory = Duration.seconds(60)

    /// As users see it.
    package struct Pause: Sendable, Hashable {
        package var since: Instant
        /// The last failure's.
        package var errno: Int32
        /// Nothing is started before; nil = a few requests try whether sockets can be had again.
        package var until: Instant?
    }

    package enum News: Sendable, Hashable {
        case began(Pause)
        case ended(Pause, at: Instant)
    }

    /// When the next request may start.
    enum Start: Hashable {
        case now
        case at(Instant)
        /// Others have to get their sockets first.
        case afterAnswer
    }

    /// nil = sockets can be had.
    package private(set) var pause: Pause?
    private var wait = Duration.zero
    private var failedAt: Instant?
    private var window = 1
    /// Requests on the way to their sockets, of those that were started in the pause.
    private var trying: Set<Int64> = []
    private var news: [News] = []

    package init() {}

    func start(_ now: Instant) -> Start {
        guard let pause else { return .now }
        if let until = pause.until, until > now { return .at(until) }
        return trying.count < window ? .now : .afterAnswer
    }

    /// `ticket` has been started.
    mutating func started(_ ticket: Int64) {
        guard pause != nil else { return }
        pause?.until = nil
        trying.insert(ticket)
    }

    /// `ticket` met the limit.
    mutating func failed(_ ticket: Int64, errno: Int32, now: Instant) {
        defer { failedAt = now }
        guard let before = pause else {
            let isRelapse = failedAt.map { $0 <= now && now < $0 + Self.memory } ?? false
            begin(now, isRelapse: isRelapse)
            let began = Pause(since: now, errno: errno, until: now + wait)
            pause = began
            return news.append(.began(began))
        }
        pause?.errno = errno
        // One that was on its way before the pause, as many may have been, says nothing new.
        guard before.until == nil else { return }
        begin(now, isRelapse: true)
        pause?.until = now + wait
    }

    private mutating func begin(_ now: Instant, isRelapse: Bool) {
        wait = isRelapse ? min(max(wait + wait, Self.firstWait), Self.longestWait) : Self.firstWait
        window = 1
        trying = []
    }

    /// `ticket` has its socket. `most`: requests in flight in all that there may be.
    mutating func gotSocket(_ ticket: Int64, most: Int, now: Instant) {
        guard let pause, trying.remove(ticket) != nil else { return }
        window *= 2
        guard window >= most else { return }
        self.pause = nil
        trying = []
        news.append(.ended(pause, at: now))
    }

    /// `ticket` went over a connection that stood. After the first socket that was had again it counts as one: with none
    /// but such requests the pause would have no end.
    mutating func usedConnection(_ ticket: Int64, most: Int, now: Instant) {
        if window >= 2 { gotSocket(ticket, most: most, now: now) }
    }

    /// See `expire`; nil = there is no pause, or its end depends on requests under way.
    var expiresAt: Instant? {
        guard let pause, trying.isEmpty, let failedAt else { return nil }
        return max(failedAt + Self.memory, pause.until ?? failedAt)
    }

    /// Nobody has asked for a socket for so long that nothing is known any more: a crawl without work has no pause.
    mutating func expire(_ now: Instant) {
        guard let pause, let end = expiresAt, end <= now else { return }
        self.pause = nil
        news.append(.ended(pause, at: now))
    }

    /// `ticket` has ended without a word on sockets: its name was not found, it went over a connection that stood.
    mutating func ended(_ ticket: Int64) {
        guard pause != nil else { return }
        trying.remove(ticket)
    }

    /// The wall clock was set.
    mutating func move(by step: Duration) {
        failedAt = failedAt.map { $0 + step }
        guard let before = pause else { return }
        pause?.until = before.until.map { $0 + step }
        pause?.since = before.since + step
    }

    /// What has begun and ended since the last call.
    mutating func takeNews() -> [News] {
        guard !news.isEmpty else { return [] }
        defer { news = [] }
        return news
    }
}
