/// `log`: what is logged and in which form.
package struct LogConfig: Hashable, Sendable {
    package enum Level: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warning, error, critical
    }

    package enum Format: String, CaseIterable, Sendable {
        /// The journal under systemd, text on a terminal, JSON lines otherwise.
        case auto
        /// logfmt on standard error.
        case text
        /// One JSON object a line on standard error.
        case json
        /// systemd's journal, with every field searchable.
        case journal
    }

    /// The least severe level that is logged.
    package var level = Level.info

    package var format = Format.auto

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.choice("level", &level)
        section.choice("format", &format)
    }
}
