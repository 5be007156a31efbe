import DequeModule

/// Redirects lead many origins to one robots.txt: it is asked for once for all that wait for it at the same time, and
/// its answer serves those that come soon after.
struct RobotsShares {
    struct Place: Hashable {
        var host: Int64
        var path: [UInt8]
    }

    /// The request there is queued or under way; who else waits for its answer.
    private var waiting: [Place: [Int64]] = [:]
    private var recent: [Place: Kept] = [:]
    /// As they came; the oldest goes first.
    private var order: Deque<Place> = []
    private var bytes = 0

    private struct Kept {
        var reply: RobotsReply
        var until: Instant
    }

    /// Of answers kept, with their places.
    static let byteLimit = 8 << 20
    private static let entryBytes = 1024
    /// A kept answer serves for half of its lifetime, at most so long: who gets it must not have to ask again at once.
    static let longest = Duration.seconds(3600)

    /// False if nobody asks there: then `open` it.
    mutating func join(_ place: Place, _ origin: Int64) -> Bool {
        guard waiting[place] != nil else { return false }
        waiting[place]?.append(origin)
        return true
    }

    mutating func open(_ place: Place) { waiting[place, default: []] += [] }

    /// The answer has come: who waits for it besides the one whose request it was.
    mutating func close(_ place: Place) -> [Int64] { waiting.removeValue(forKey: place) ?? [] }

    mutating func keep(_ reply: RobotsReply, at place: Place, lifetime: Duration) {
        forget(place)
        var reply = reply
        reply.origins = []
        reply.block = nil
        let wait = min(.milliseconds(lifetime.ms / 2), Self.longest)
        recent[place] = Kept(reply: reply, until: reply.result.completedAt + wait)
        order.append(place)
        bytes += Self.size(reply, place)
        while bytes > Self.byteLimit, let oldest = order.first { forget(oldest) }
    }

    /// nil = there is none, or it is too old.
    func kept(_ place: Place, _ now: Instant) -> RobotsReply? {
        guard let kept = recent[place], now < kept.until, kept.reply.result.completedAt <= now else { return nil }
        return kept.reply
    }

    /// The rules have changed, or the clock.
    mutating func forgetKept() {
        recent = [:]
        order = []
        bytes = 0
    }

    private mutating func forget(_ place: Place) {
        guard let kept = recent.removeValue(forKey: place) else { return }
        bytes -= Self.size(kept.reply, place)
        if let index = order.firstIndex(of: place) { order.remove(at: index) }
    }

    private static func size(_ reply: RobotsReply, _ place: Place) -> Int {
        entryBytes + place.path.count + reply.text.count + (reply.rules?.memoryBytes ?? 0)
    }
}
