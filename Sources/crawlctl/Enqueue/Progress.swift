import ControlAPI

/// One line on a terminal that is drawn over and over: what was sent, how fast, and how long it will take.
struct Progress {
    private(set) var bytes = 0
    private(set) var lines = 0
    private let started: Int64
    private var drawn: Int64
    /// Of the source; nil = its size is not known.
    private var part: (read: Int64, of: Int64)?

    /// Between two drawings, ms.
    private static let interval: Int64 = 200

    /// `now`: ms, from any origin, here and below.
    init(now: Int64) {
        started = now
        drawn = now
    }

    /// The text to draw, or nil if the last drawing is too recent.
    mutating func add(_ sent: [UInt8], of part: (read: Int64, of: Int64)?, now: Int64) -> String? {
        self.part = part
        bytes += sent.count
        lines += sent.count { $0 == UInt8(ascii: "\n") }
        guard now - drawn >= Self.interval else { return nil }
        drawn = now
        return text(now: now)
    }

    /// True once something was drawn, and has to be wiped.
    var isVisible: Bool { drawn != started }

    func text(now: Int64) -> String {
        let elapsed = max(1, now - started)
        let rate = Int64(lines) * 1000 / elapsed
        return Terminal.wipe + share
            + "\(NumberText.count(lines)) lines, \(NumberText.bytes(bytes)) sent, \(NumberText.count(rate)) lines/s"
            + left(elapsed)
    }

    /// `45 %, `.
    private var share: String {
        guard let part, part.of > 0 else { return "" }
        return "\(min(100, part.read * 100 / part.of)) %, "
    }

    /// `, 2 min left`; only once there is something to judge by.
    private func left(_ elapsed: Int64) -> String {
        guard let part, part.read > 0, part.of > part.read, elapsed >= Self.settles else { return "" }
        let ms = Double(elapsed) * Double(part.of - part.read) / Double(part.read)
        return ms < 1000 ? ", done in a moment" : ", \(SpanText.about(ms: Int64(min(ms, 1e15)))) left"
    }

    /// ms.
    private static let settles: Int64 = 1000
}
