/// One request in an origin's own log. Moments are nanoseconds of CLOCK_MONOTONIC.
package struct StampedRequest: Sendable {
    package var origin: Int
    package var path: String
    /// When its first bytes reached the machine.
    package var arrivedAt: Int64
    /// How much earlier that may have been: the server's own lateness; 0 = the kernel stamped it.
    package var doubt: Int64
    /// Its place among all arrivals and ends, as the server met them.
    package var began: Int
    /// Where it stopped being open: answered, or given up by the client; nil = it is open.
    package var ended: Int?
    /// What it was answered; nil = it was not.
    package var answer: StampedAnswer?
    /// Just before the answer was written; nil = it was not.
    package var answeredAt: Int64?
    /// The same moment, in nanoseconds since 1970.
    package var answeredAtWall: Int64?
}

/// What an origin answers.
package struct StampedAnswer: Sendable {
    package var status: Int
    package var body: String
    /// From the arrival to the answer.
    package var after: Duration
    /// The connection is closed behind it.
    package var closes: Bool
    /// The value of Retry-After, made when the answer is written; `now`: seconds since 1970. nil = no such header.
    package var retryAfter: (@Sendable (_ now: Int) -> String?)?

    package init(
        _ status: Int, body: String = "a page", after: Duration = .milliseconds(50), closes: Bool = false,
        retryAfter: (@Sendable (_ now: Int) -> String?)? = nil
    ) {
        self.status = status
        self.body = body
        self.after = after
        self.closes = closes
        self.retryAfter = retryAfter
    }

    func bytes(now: Int) -> [UInt8] {
        var lines = ["HTTP/1.1 \(status) Answer", "Content-Length: \(body.utf8.count)"]
        if let value = retryAfter?(now) { lines.append("Retry-After: \(value)") }
        if closes { lines.append("Connection: close") }
        return Array((lines + ["", body]).joined(separator: "\r\n").utf8)
    }
}
