internal import CrawlCore

/// Which server answered whom, and when: whose fault a failure is, and which server is asked first.
struct ServerRecord: Sendable {
    /// So many questions in a row without an answer, and a server is asked last.
    private static let patience = 3
    /// One question in this time goes to it first all the same.
    private static let probe = Duration.seconds(5)
    /// An answer older than this says nothing of a server.
    static let fresh = Duration.seconds(60)

    private struct Answer {
        var name: Int
        var at: Instant
    }

    private struct Server {
        /// Of two different names.
        var last: Answer?
        var other: Answer?
        /// In a row.
        var unanswered = 0
        var probedAt: Instant?
    }

    private var servers: [Server]

    init(servers count: Int) { servers = Array(repeating: Server(), count: max(1, count)) }

    var count: Int { servers.count }

    /// It said something of `name`, a host's hash.
    mutating func answered(_ server: Int, name: Int, _ now: Instant) {
        guard servers.indices.contains(server) else { return }
        servers[server].unanswered = 0
        if let last = servers[server].last, last.name != name { servers[server].other = last }
        servers[server].last = Answer(name: name, at: now)
    }

    mutating func unanswered(_ server: Int) {
        guard servers.indices.contains(server) else { return }
        servers[server].unanswered += 1
    }

    /// The server answers nobody at present.
    func isSilent(_ server: Int) -> Bool {
        servers.indices.contains(server) && servers[server].unanswered >= Self.patience
    }

    /// One of `mask`'s servers (bit n is server n) said something of another name not long ago.
    func answersOthers(_ mask: UInt8, than name: Int, _ now: Instant) -> Bool {
        servers.indices.contains { i in
            guard i < 8, mask & 1 << UInt8(i) != 0 else { return false }
            return [servers[i].last, servers[i].other].contains { answer in
                answer.map { $0.name != name && now - $0.at < Self.fresh } ?? false
            }
        }
    }

    /// The first in order that is not silent; now and then a silent one before it.
    mutating func first(_ now: Instant) -> Int {
        guard servers.count > 1, servers[0].unanswered >= Self.patience else { return 0 }
        for i in servers.indices where isSilent(i) && (servers[i].probedAt.map { now - $0 >= Self.probe } ?? false) {
            servers[i].probedAt = now
            return i
        }
        for i in servers.indices where servers[i].probedAt == nil && isSilent(i) { servers[i].probedAt = now }
        return servers.indices.first { !isSilent($0) } ?? 0
    }
}
