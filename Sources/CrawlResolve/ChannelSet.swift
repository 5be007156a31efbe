internal import CrawlCore
internal import Glibc

/// The channels that are asked, one for each server, and the ones before them, which only wait for answers. Ports and
/// numbers are all that an answer is known by, so both are new every 1,000 look-ups, or after 30 s.
final class ChannelSet {
    private static let lookUps = 1000
    private static let age = Duration.seconds(30)
    /// So many sets, the present one included, may have questions under way; until one has none the present one stays.
    private static let mostSets = 16

    private struct Generation {
        var channels: [CaresChannel?]
        var begunAt: Instant
        var lookUps = 0
    }

    private let patience: Duration
    private let receiveBuffer: Int
    private let sockets: NameSockets
    private let hear: (UInt64, CaresChannel.Event) -> Void
    private(set) var servers: [ServerAddress]
    private var current: Generation
    private var retired: [Generation] = []
    private var byNumber: [UInt32: CaresChannel] = [:]
    private var lastNumber: UInt32 = 0

    /// `patience`: how long an answer is listened for.
    init(
        servers: [ServerAddress], patience: Duration, receiveBuffer: Int, sockets: NameSockets, _ now: Instant,
        hear: @escaping (UInt64, CaresChannel.Event) -> Void
    ) {
        self.servers = servers
        self.patience = patience
        self.receiveBuffer = receiveBuffer
        self.sockets = sockets
        self.hear = hear
        current = Generation(channels: Array(repeating: nil, count: servers.count), begunAt: now)
    }

    /// A look-up begins.
    func beginLookUp(_ now: Instant) {
        current.lookUps += 1
        guard current.lookUps > Self.lookUps || now - current.begunAt >= Self.age, retired.count + 1 < Self.mostSets
        else { return }
        renew(now)
        current.lookUps = 1
    }

    /// Others are asked from now on; the questions under way are waited for.
    func use(_ servers: [ServerAddress], _ now: Instant) {
        self.servers = servers
        renew(now)
    }

    /// As `CaresChannel.ask`.
    func ask(_ server: Int, _ host: String, type: UInt16, token: UInt64) -> Int32 {
        guard current.channels.indices.contains(server) else { return EHOSTUNREACH }
        if let channel = current.channels[server] { return channel.ask(host, type: type, token: token) }
        lastNumber &+= 1
        guard
            let made = CaresChannel(
                number: lastNumber, server: servers[server], patience: patience, receiveBuffer: receiveBuffer,
                sockets: sockets, hear: hear)
        else { return ENOMEM }
        current.channels[server] = made
        byNumber[lastNumber] = made
        return made.ask(host, type: type, token: token)
    }

    /// Takes what has come in.
    func drain() {
        sockets.drain { socket, owner, isRead, isWritten in
            byNumber[owner]?.process(socket, isRead: isRead, isWritten: isWritten)
        }
    }

    /// To be called about every second while `isBusy`.
    func tick() {
        for channel in byNumber.values { channel.tick() }
    }

    /// Closes those before the present ones that have nothing under way.
    func sweep() {
        guard !retired.isEmpty else { return }
        retired.removeAll { generation in
            guard generation.channels.allSatisfy({ $0.map { $0.outstanding == 0 } ?? true }) else { return false }
            for case let channel? in generation.channels { close(channel) }
            return true
        }
    }

    var isBusy: Bool { byNumber.values.contains { $0.outstanding > 0 } }

    /// How many channels there are.
    var count: Int { byNumber.count }

    func close() {
        for channel in byNumber.values { channel.close() }
        byNumber = [:]
        retired = []
        current.channels = current.channels.map { _ in nil }
    }

    private func renew(_ now: Instant) {
        retired.append(current)
        current = Generation(channels: Array(repeating: nil, count: servers.count), begunAt: now)
        sweep()
    }

    private func close(_ channel: CaresChannel) {
        channel.close()
        byNumber[channel.number] = nil
    }
}
