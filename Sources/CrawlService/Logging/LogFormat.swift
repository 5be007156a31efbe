import Glibc

/// Chooses between the forms that `log.format` offers.
enum LogFormat {
    case text, json, journal

    /// `auto` is the journal when standard error is the journal's stream, text on a terminal, JSON otherwise.
    init(_ format: LogConfig.Format, journalStream: String?, descriptor: Int32 = STDERR_FILENO) {
        switch format {
        case .text: self = .text
        case .json: self = .json
        case .journal: self = .journal
        case .auto:
            if let journalStream, journalStream == Self.stream(descriptor) {
                self = .journal
            } else {
                self = isatty(descriptor) == 1 ? .text : .json
            }
        }
    }

    /// `device:inode`, as `$JOURNAL_STREAM` names it.
    static func stream(_ descriptor: Int32) -> String? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        return "\(status.st_dev):\(status.st_ino)"
    }
}
