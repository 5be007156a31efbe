package import CrawlCore
internal import DequeModule
internal import Dispatch
internal import Synchronization

/// Asks name servers for the addresses of hosts, by c-ares.
///
/// A name waits until the window has room for its questions; then they go out, one for each family. What is not answered
/// within the first step makes room in the window, and goes on among the slow ones. Questions for a host that still waits
/// share its look-up; one that comes later has a look-up of its own.
///
/// | file | |
/// |---|---|
/// | `Resolver` | what it keeps, and the way in |
/// | `Resolver+Turns` | one wake-up |
/// | `Resolver+Questions` | what goes out |
/// | `Resolver+Actions` | what a `LookUp` wants done |
/// | `Resolver+Results` | what is handed over |
///
/// Costs: a socket for each server that is asked, up to 16 of them while late answers are waited for, and one more for each
/// answer that comes over TCP.
///
/// `@unchecked Sendable`: all mutable state is touched on `queue` only, but for what has a lock of its own.
package final class Resolver: NameResolver, @unchecked Sendable {
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// At most so many replies at a time.
    static let batchLimit = 512

    /// Says whose queue this is.
    private static let queueKey = DispatchSpecificKey<ObjectIdentifier>()

    let options: ResolverOptions
    let clock: any Clock
    let queue = DispatchQueue(label: "crawld.resolve.names")
    /// Nothing is done before `start`, nor after `stop`.
    var shell: ResolverShell?

    var hosts = HostsFile()
    var hostsWatch: WatchedFile
    var resolverWatch: WatchedFile
    var record: ServerRecord
    var window: QueryWindow
    var controls = Controls()

    /// Hosts that wait to be asked for, in order, and who waits for them.
    var waiting = Deque<String>()
    var askers: [String: Askers] = [:]
    var flights: [Flight] = []
    var freeSlots: [Int] = []
    /// Questions that wait for a place in the window, before the names; for one among the slow.
    var again = Deque<Wake>()
    var slowLine = Deque<Wake>()
    var slow = 0

    var wakes = Deadlines<Wake>()
    /// Answers that have come and were not looked into.
    var heard: [(token: SendingToken, answer: HeardAnswer)] = []
    /// Some of them came in this turn.
    var hasHeard = false
    var replies: [NameReply] = []
    var done = 0
    var failed = 0

    /// Moments of this turn: of the wall clock; steady; steady, but for times when this queue stood still.
    var now = Instant(ms: 0)
    var steady = Instant(ms: 0)
    var flightTime = Instant(ms: 0)
    var stalls = Duration.zero
    /// Steady; when the next turn is to be at the latest.
    var plannedAt: Instant?
    var tickedAt = Instant(ms: 0)
    var routeLookedAt: Instant?
    /// Steady; when our own machine last could not send a question.
    var lackedAt: Instant?

    private let wanted: Mutex<NameFamilies>

    package init(_ options: ResolverOptions = ResolverOptions(), clock: any Clock) {
        self.options = options
        self.clock = clock
        hostsWatch = WatchedFile(path: options.hostsFile, mostBytes: HostsFile.mostBytes)
        resolverWatch = WatchedFile(path: options.resolverFile, mostBytes: ResolverConfiguration.mostBytes)
        record = ServerRecord(servers: 1)
        window = QueryWindow(most: options.maxInFlight)
        wanted = Mutex(Self.families(options))
        queue.setSpecific(key: Self.queueKey, value: ObjectIdentifier(self))
    }

    deinit { shell?.end() }

    package var families: NameFamilies { wanted.withLock { $0 } }

    package func start(_ deliver: @escaping @Sendable ([NameReply]) -> Void) throws {
        guard CaresChannel.isLibraryReady else { throw Failure(description: "c-ares cannot be used here") }
        guard let sockets = NameSockets() else { throw Failure(description: "epoll_create1: no descriptor left") }
        try queue.sync {
            guard shell == nil else { throw Failure(description: "started twice") }
            look()
            let servers = options.servers ?? serversOfFile() ?? ResolverConfiguration().servers
            let given = Array(servers.prefix(ResolverConfiguration.mostServers))
            record = ServerRecord(servers: given.count)
            let patience = options.schedule.steps.reduce(.seconds(1), +)
            let channels = ChannelSet(
                servers: given, patience: patience, receiveBuffer: options.receiveBuffer, sockets: sockets, steady
            ) { [weak self] token, event in self?.hear(SendingToken(token), event) }
            shell = ResolverShell(
                queue: queue, sockets: sockets, channels: channels, deliver: deliver,
                turn: { [weak self] in self?.turn() })
            options.tell(.servers(given))
        }
    }

    package func lookUp(_ questions: [NameQuestion]) {
        guard !questions.isEmpty else { return }
        queue.async { [self] in
            guard shell != nil else { return }
            look()
            for question in questions { take(question) }
            turn()
        }
    }

    /// Idempotent; nothing is delivered once it has returned, unless it is called from within `deliver`.
    package func stop() {
        if DispatchQueue.getSpecific(key: Self.queueKey) == ObjectIdentifier(self) { return end() }
        queue.sync { end() }
    }

    private func end() {
        shell?.end()
        shell = nil
        flights = []
        freeSlots = []
        waiting = []
        askers = [:]
        again = []
        slowLine = []
        wakes = Deadlines()
        replies = []
        heard = []
    }

    /// Answers on the resolver's queue.
    package func figures(_ answer: @escaping @Sendable (ResolverFigures) -> Void) {
        queue.async { [self] in
            var figures = ResolverFigures()
            figures.inFlight = window.inFlight + slow
            figures.slow = slow
            figures.window = window.limit
            figures.waiting = waiting.count
            figures.done = done
            figures.failed = failed
            figures.servers = shell?.channels.servers.map(\.description) ?? []
            answer(figures)
        }
    }

    // MARK: What may change while it runs

    private static func families(_ options: ResolverOptions) -> NameFamilies {
        switch options.ipv6 {
        case .on: .both
        case .off: .v4
        case .auto: options.hasIPv6Route() ? .both : .v4
        }
    }

    /// How often the route is asked for.
    private static let routePause = Duration.seconds(10)

    /// The route, the hosts file and the servers, as they are now.
    func refresh() {
        if options.ipv6 == .auto, routeLookedAt.map({ steady - $0 >= Self.routePause }) ?? true {
            routeLookedAt = steady
            let families = Self.families(options)
            wanted.withLock { $0 = families }
        }
        if let text = hostsWatch.change(steady) { hosts = HostsFile(text) }
        if options.servers == nil, let servers = serversOfFile(), servers != shell?.channels.servers {
            record = ServerRecord(servers: servers.count)
            shell?.channels.use(servers, steady)
            options.tell(.servers(servers))
        }
    }

    /// nil = as they were.
    private func serversOfFile() -> [ServerAddress]? {
        guard let text = resolverWatch.change(steady) else { return nil }
        let configuration = ResolverConfiguration(text)
        for ignored in configuration.ignored { options.tell(.ignoredServer(ignored)) }
        return configuration.servers
    }
}
