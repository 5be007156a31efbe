/// One line on a terminal that is drawn over and over: what was sent, and how fast.
struct Progress {
    private(set) var bytes = 0
    private(set) var lines = 0
    private let started: Int64
    private var drawn: Int64

    /// Between two drawings, ms.
    private static let interval: Int64 = 200

    /// `now`: ms, from any origin, here and below.
    init(now: Int64) {
        started = now
        drawn = now
    }

    /// The text to draw, or nil if the last drawing is too recent.
    mutating func add(_ sent: [UInt8], now: Int64) -> String? {
        bytes += sent.count
        lines += sent.count { $0 == UInt8(ascii: "\n") }
        guard now - drawn >= Self.interval else { return nil }
        drawn = now
        return text(now: now)
    }

    /// True once something was drawn, and has to be wiped.
    var isVisible: Bool { drawn != started }

    static let wipe = "\r\u{1B}[K"

    func text(now: Int64) -> String {
        let elapsed = max(1, now - started)
        let rate = Int64(lines) * 1000 / elapsed
        return Self.wipe
            + "\(NumberText.count(lines)) lines, \(NumberText.bytes(bytes)) sent, \(NumberText.count(rate)) lines/s"
    }
}
