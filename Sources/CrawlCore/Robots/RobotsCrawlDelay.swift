/// The value of a Crawl-delay line: seconds, with decimals if need be. No RFC describes it; RFC 9309 §2.2.4 permits it.
enum RobotsCrawlDelay {
    /// Longer ones are absurd.
    static let longest = Duration.seconds(30 * 86400)

    /// nil for what cannot be read, what is negative, and what is over `longest`.
    static func parse(_ value: UnsafeBufferPointer<UInt8>) -> Duration? {
        let zero = UInt8(ascii: "0")
        var seconds: Int64 = 0
        var nanoseconds: Int64 = 0
        var unit: Int64 = 100_000_000
        var digits = 0
        var isFraction = false
        for byte in value {
            if byte == UInt8(ascii: "."), !isFraction {
                isFraction = true
                continue
            }
            guard (zero...UInt8(ascii: "9")).contains(byte) else { return nil }
            digits += 1
            if isFraction {
                nanoseconds += unit * Int64(byte - zero)
                unit /= 10
            } else {
                seconds = seconds * 10 + Int64(byte - zero)
                guard .seconds(seconds) <= longest else { return nil }
            }
        }
        let delay = Duration.seconds(seconds) + .nanoseconds(nanoseconds)
        return digits > 0 && delay <= longest ? delay : nil
    }
}
