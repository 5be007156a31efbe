import NIOCore

/// When a connection has taken too long: decides only, the caller keeps the clock and closes.
struct ConnectionTimers {
    enum Expiry: Hashable {
        case headTooSlow
        /// Nothing between two requests, or after an early answer.
        case idle
        case bodyStalled
        case readerStalled
        case lingerOver
    }

    private let limits: ControlLimits
    /// Requests whose head was read and whose answer is not complete.
    private(set) var openRequests = 0
    /// Between a head and the end of its body.
    private(set) var isInBody = false
    /// Of the head that is being read; nil = none of its bytes is here.
    private var headSince: NIODeadline?
    private var lastActive: NIODeadline
    /// We want bytes; nil = we do not.
    private var readWantedSince: NIODeadline?
    private var writes = 0
    private var lastWriteProgress: NIODeadline
    private var lingerSince: NIODeadline?

    init(limits: ControlLimits, now: NIODeadline) {
        self.limits = limits
        headSince = now
        lastActive = now
        lastWriteProgress = now
    }

    mutating func readWanted(_ now: NIODeadline) { readWantedSince = now }

    mutating func bytesRead(_ now: NIODeadline) {
        lastActive = now
        if openRequests == 0, !isInBody, headSince == nil { headSince = now }
    }

    mutating func readCompleted() { readWantedSince = nil }

    mutating func headRead(_ now: NIODeadline) {
        headSince = nil
        openRequests += 1
        isInBody = true
        lastActive = now
    }

    mutating func bodyRead() { isInBody = false }

    mutating func answered(_ now: NIODeadline) {
        openRequests = max(0, openRequests - 1)
        lastActive = now
    }

    mutating func writeBegan(_ now: NIODeadline) {
        if writes == 0 { lastWriteProgress = now }
        writes += 1
    }

    mutating func writeEnded(_ now: NIODeadline) {
        writes -= 1
        lastWriteProgress = now
    }

    mutating func lingers(_ now: NIODeadline) {
        if lingerSince == nil { lingerSince = now }
    }

    /// The next time at which something is too late if nothing happens before; nil = nothing is awaited from the client.
    func deadline() -> (at: NIODeadline, expiry: Expiry)? {
        if let lingerSince { return (lingerSince + TimeAmount(limits.linger), .lingerOver) }
        var result = reading()
        if writes > 0 {
            let at = lastWriteProgress + TimeAmount(limits.writeTimeout)
            if result.map({ at < $0.at }) ?? true { result = (at, .readerStalled) }
        }
        return result
    }

    private func reading() -> (at: NIODeadline, expiry: Expiry)? {
        if openRequests > 0 {
            guard isInBody, let readWantedSince else { return nil }
            return (max(lastActive, readWantedSince) + TimeAmount(limits.readTimeout), .bodyStalled)
        }
        if let headSince { return (headSince + TimeAmount(limits.headTimeout), .headTooSlow) }
        return (lastActive + TimeAmount(limits.readTimeout), .idle)
    }
}
