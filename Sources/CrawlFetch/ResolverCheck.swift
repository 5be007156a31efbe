internal import CrawlCore
internal import DequeModule
internal import Dispatch
internal import Glibc

/// Why a name was not found. libcurl 7.88 has one code (6) for a name that does not exist and for a resolver that does
/// not answer; getaddrinfo(3) tells them apart, so such a name is looked up once more, apart from the workers.
///
/// Names are looked up side by side, each once for all who ask, and what came of it counts for `memory`. A look-up
/// without an answer is the resolver's fault if no other was answered while it lasted. While the resolver is down each
/// look-up takes as long as resolv.conf says: for `memory` after that one, names count as unanswered unasked.
///
/// `@unchecked Sendable`: the state is touched on `queue` only.
final class ResolverCheck: @unchecked Sendable {
    /// What a look-up of a name that was not found says.
    enum Finding: Sendable, Hashable {
        /// A resolver knows nothing of it.
        case answered
        case unanswered
        /// Nobody was asked: our own machine had no descriptor or memory for it, and this errno says which.
        case lacking(Int32)
    }

    typealias Answer = @Sendable (Finding) -> Void

    /// How long an answer counts, and that there was none.
    static let memory = Duration.seconds(10)
    /// Look-ups under way at most. Each asks for both families: more datagrams than a resolver's buffer holds would be
    /// lost, and each loss costs a whole time-out.
    static let lanes = 32
    /// Names whose answers are remembered at most; the oldest goes first.
    static let maxRemembered = 4096
    /// RFC 1035 §2.3.4. What is longer is no name that anybody could have.
    private static let maxName = 255

    private let queue = DispatchQueue(label: "crawld.fetch.resolver")
    private let clock: any Clock
    private let find: @Sendable (String) -> Finding
    /// Look-ups block: each has a queue of its own while it is under way.
    private var idle: [DispatchQueue]
    /// Names that are looked up or wait for a lane, with those who want to know.
    private var asked: [String: [Answer]] = [:]
    private var waiting = Deque<String>()
    private var known: [String: Memory] = [:]
    private var order = Deque<String>()
    /// When a look-up showed that the resolver is down; nil = one was answered since.
    private var downAt: Instant?
    /// Look-ups that were answered.
    private var answered = 0

    private struct Memory {
        var at: Instant
        var isUnanswered: Bool
    }

    /// `find` looks a name up, and blocks.
    init(clock: any Clock, find: @escaping @Sendable (String) -> Finding = ResolverCheck.find) {
        self.clock = clock
        self.find = find
        idle = (0..<Self.lanes).map { DispatchQueue(label: "crawld.fetch.resolver\($0)") }
    }

    /// `answer` is called on a queue of the check.
    func ask(_ host: String, answer: @escaping Answer) {
        queue.async { [self] in
            let now = clock.now()
            if let memory = known[host], Self.counts(memory.at, now) {
                return answer(memory.isUnanswered ? .unanswered : .answered)
            }
            if downAt.map({ Self.counts($0, now) }) ?? false { return answer(.unanswered) }
            guard host.utf8.count <= Self.maxName else { return answer(.answered) }
            if asked[host] != nil {
                asked[host]?.append(answer)
                return
            }
            asked[host] = [answer]
            if let lane = idle.popLast() { lookUp(host, on: lane) } else { waiting.append(host) }
        }
    }

    /// Names whose answers are remembered now.
    var remembered: Int { queue.sync { known.count } }

    private func lookUp(_ host: String, on lane: DispatchQueue) {
        let before = answered
        lane.async { [self] in
            let finding = find(host)
            queue.async { [self] in
                note(host, finding, answeredBefore: before)
                if let next = waiting.popFirst() { lookUp(next, on: lane) } else { idle.append(lane) }
            }
        }
    }

    private func note(_ host: String, _ finding: Finding, answeredBefore: Int) {
        dispatchPrecondition(condition: .onQueue(queue))
        // It says nothing of any resolver.
        if case .lacking = finding { return tell(host, finding) }
        let now = clock.now()
        let isUnanswered = finding == .unanswered
        if !isUnanswered {
            answered += 1
            downAt = nil
        } else if answered == answeredBefore {
            downAt = now
        }
        remember(host, Memory(at: now, isUnanswered: isUnanswered))
        tell(host, finding)
        guard downAt == now else { return }
        while let host = waiting.popFirst() { tell(host, .unanswered) }
    }

    private func tell(_ host: String, _ finding: Finding) {
        for answer in asked.removeValue(forKey: host) ?? [] { answer(finding) }
    }

    /// What no longer counts goes first, and it is the oldest.
    private func remember(_ host: String, _ memory: Memory) {
        if known.updateValue(memory, forKey: host) == nil { order.append(host) }
        while let oldest = order.first, let age = known[oldest]?.at,
            known.count > Self.maxRemembered || !Self.counts(age, memory.at)
        {
            known[oldest] = nil
            _ = order.popFirst()
        }
    }

    /// A clock that was set back makes nothing count for longer.
    private static func counts(_ at: Instant, _ now: Instant) -> Bool { at <= now && now < at + memory }

    /// A name that is found now was not for want of an answer before. Without a descriptor glibc opens neither /etc/hosts
    /// nor a socket, and says that there is no such name: only errno tells.
    private static func find(_ host: String) -> Finding {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        errno = 0
        let code = getaddrinfo(host, nil, &hints, &found)
        let lack = errno
        if let found { freeaddrinfo(found) }
        if code == EAI_MEMORY { return .lacking(ENOMEM) }
        if code != 0, LocalFault(errno: lack) == .exhausted { return .lacking(lack) }
        // NODATA (−5, a GNU extension): the name exists and has no address.
        return code == EAI_NONAME || code == -5 ? .answered : .unanswered
    }
}
