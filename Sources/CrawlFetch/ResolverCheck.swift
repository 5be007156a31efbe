internal import CrawlCore
internal import Dispatch
internal import Glibc

/// Why a name was not found. libcurl 7.88 has one code (6) for a name that does not exist and for a resolver that does
/// not answer; getaddrinfo(3) tells them apart, so such a name is looked up once more, apart from the workers.
///
/// One look-up at a time. While the resolver is down each takes as long as resolv.conf says, so for `memory` after one
/// that got no answer all others count as unanswered too.
///
/// `@unchecked Sendable`: the state is touched on `queue` only.
final class ResolverCheck: @unchecked Sendable {
    private static let memory = Duration.seconds(10)

    private let queue = DispatchQueue(label: "crawld.fetch.resolver")
    private let clock: any Clock
    private var downUntil: Instant?

    init(clock: any Clock) { self.clock = clock }

    /// `answer` is called on a queue of the check; true = no resolver answered.
    func ask(_ host: String, answer: @escaping @Sendable (_ isDown: Bool) -> Void) {
        queue.async { [self] in
            if let downUntil, clock.now() < downUntil { return answer(true) }
            let isDown = Self.isUnanswered(host)
            downUntil = isDown ? clock.now() + Self.memory : nil
            answer(isDown)
        }
    }

    /// A name that is found now was not for want of an answer before.
    private static func isUnanswered(_ host: String) -> Bool {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &found)
        if let found { freeaddrinfo(found) }
        // NODATA (−5, a GNU extension): the name exists and has no address.
        return code != EAI_NONAME && code != -5
    }
}
