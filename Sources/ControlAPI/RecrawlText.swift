/// A recrawl as requests and records write it: `never`, `7d`, `adaptive`, or `adaptive 7d` with the interval it has at
/// present. What a record shows may be enqueued again and means the same.
package enum RecrawlText: Sendable, Hashable {
    case never
    case every(Duration)
    /// nil = the configured one to start with.
    case adaptive(Duration?)

    /// What is allowed, in words.
    package static let allowed = "\"never\", \"adaptive\" or a duration such as 30m, 12h or 7d"

    package init?(_ text: String) {
        var text = text
        guard let parsed = text.withUTF8({ Self($0) }) else { return nil }
        self = parsed
    }

    /// nil for anything else, durations of no length and adaptive ones below a second.
    package init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        if bytes.elementsEqual("never".utf8) {
            self = .never
        } else if bytes.elementsEqual("adaptive".utf8) {
            self = .adaptive(nil)
        } else if bytes.starts(with: Self.prefix) {
            let rest = UnsafeBufferPointer(rebasing: bytes[Self.prefix.count...])
            guard let interval = DurationText.duration(rest), interval >= .seconds(1) else { return nil }
            self = .adaptive(interval)
        } else {
            guard let interval = DurationText.duration(bytes), interval > .zero else { return nil }
            self = .every(interval)
        }
    }

    package var text: String {
        switch self {
        case .never: "never"
        case .every(let interval): DurationText.text(interval)
        case .adaptive(nil): "adaptive"
        case .adaptive(let interval?): "adaptive " + DurationText.text(interval)
        }
    }

    private static let prefix = Array("adaptive ".utf8)
}
