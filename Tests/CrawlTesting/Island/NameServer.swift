internal import Glibc
internal import Synchronization

/// A DNS server (RFC 1035, over UDP) on a `NetworkIsland` that says what it is told, another thing each time if told so.
package final class NameServer: Sendable {
    /// Where it listens, on port 53.
    package static let address = "127.0.0.53"

    private struct Name {
        /// What is said in turn, over and over: addresses of both families.
        var rounds: [[String]]
        var asked = 0
    }

    private static let (v4Type, v6Type) = (UInt8(1), UInt8(28))
    private let descriptor: CInt
    private let names = Mutex<[String: Name]>([:])
    private let crowd = Mutex(Crowd())

    /// Questions for IPv4 addresses that are answered together.
    private struct Crowd {
        var size = 0
        var rounds = 0
        var waiting: [(name: String, reply: [UInt8], client: sockaddr_in)] = []
    }

    package init(on island: NetworkIsland) throws {
        descriptor = try island.run {
            let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard let address = SocketAddress(Self.address, port: 53),
                address.withPointer({ bind(descriptor, $0, $1) }) == 0
            else { throw NetworkIsland.Failure(call: "bind \(Self.address):53", code: errno) }
            return descriptor
        }
        DetachedThread.run { [descriptor, weak self] in
            Self.serve(descriptor) { self?.answers(to: $0, from: $1) ?? [] }
        }
    }

    /// From now on questions for IPv4 addresses are answered only when those for `names` different names wait, so many
    /// times; then all at once, as ever. Whoever asks one after the other waits in vain.
    package func awaitCrowd(of names: Int, rounds: Int) {
        crowd.withLock { $0 = Crowd(size: names, rounds: rounds) }
    }

    /// Rounds of `awaitCrowd` that did not come yet.
    package var roundsLeft: Int { crowd.withLock { $0.rounds } }

    /// The addresses of `name`, or several sets of them that questions for IPv4 get in turn. Names without any do not
    /// exist.
    package func set(_ name: String, _ rounds: [String]...) {
        names.withLock { $0[name] = Name(rounds: rounds) }
    }

    /// Questions for IPv4 addresses of `name` so far.
    package func questions(_ name: String) -> Int { names.withLock { $0[name]?.asked ?? 0 } }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Until the socket is shut down, and closes it.
    private static func serve(
        _ descriptor: CInt, _ answers: ([UInt8], sockaddr_in) -> [(reply: [UInt8], client: sockaddr_in)]
    ) {
        var buffer = [UInt8](repeating: 0, count: 512)
        var client = sockaddr_in()
        var count = 0
        repeat {
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            count = withAddress(of: &client) { recvfrom(descriptor, &buffer, buffer.count, 0, $0, &length) }
            guard count > 0 else { break }
            for answer in answers(Array(buffer[..<count]), client) {
                var client = answer.client
                _ = withAddress(of: &client) { sendto(descriptor, answer.reply, answer.reply.count, 0, $0, length) }
            }
        } while true
        close(descriptor)
    }

    private static func withAddress<R>(of client: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> R) -> R
    {
        withUnsafeMutablePointer(to: &client) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
        }
    }

    /// What is to be sent now, and to whom.
    private func answers(to query: [UInt8], from client: sockaddr_in) -> [(reply: [UInt8], client: sockaddr_in)] {
        guard let (name, type, reply) = answer(to: query) else { return [] }
        return crowd.withLock { crowd in
            guard crowd.rounds > 0, type == Self.v4Type else { return [(reply, client)] }
            crowd.waiting.append((name, reply, client))
            guard Set(crowd.waiting.map(\.name)).count >= crowd.size else { return [] }
            defer {
                crowd.waiting = []
                crowd.rounds -= 1
            }
            return crowd.waiting.map { ($0.reply, $0.client) }
        }
    }

    /// nil = no answer: not a question as resolvers ask it.
    private func answer(to query: [UInt8]) -> (name: String, type: UInt8, reply: [UInt8])? {
        var labels: [String] = []
        var i = 12
        while i < query.count, query[i] > 0 {
            let end = i + 1 + Int(query[i])
            guard end < query.count else { return nil }
            labels.append(String(decoding: query[(i + 1)..<end], as: UTF8.self).lowercased())
            i = end
        }
        guard i + 4 < query.count else { return nil }
        let type = query[i + 2]
        let name = labels.joined(separator: ".")
        let addresses = addresses(name, type)
        // Its number, "an answer, complete", one question, the answers, nothing else; the question again.
        var reply =
            query[0..<2] + [0x81, addresses == nil ? 0x83 : 0x80, 0, 1, 0, UInt8(addresses?.count ?? 0), 0, 0, 0, 0]
        reply += query[12...(i + 4)]
        for address in addresses ?? [] {
            // The name of the question, its type, class IN, kept for no time.
            reply += [0xC0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, UInt8(address.count)] + address
        }
        return (name, type, Array(reply))
    }

    /// In network order; nil for a name that does not exist.
    private func addresses(_ name: String, _ type: UInt8) -> [[UInt8]]? {
        let round: [String]? = names.withLock { names in
            guard let entry = names[name], !entry.rounds.isEmpty else { return nil }
            if type == Self.v4Type { names[name]?.asked += 1 }
            return entry.rounds[entry.asked % entry.rounds.count]
        }
        return round.map { round in
            round.compactMap { text in
                var bytes = [UInt8](repeating: 0, count: type == Self.v4Type ? 4 : 16)
                guard type == Self.v4Type || type == Self.v6Type else { return nil }
                return inet_pton(type == Self.v4Type ? AF_INET : AF_INET6, text, &bytes) == 1 ? bytes : nil
            }
        }
    }
}
