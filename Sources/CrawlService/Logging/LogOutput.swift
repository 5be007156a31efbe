import Glibc
import Logging

extension LogSink {
    /// The sink of the process: standard error or the journal, as the configuration and the surroundings say.
    package convenience init(_ config: LogConfig) {
        let stream = getenv("JOURNAL_STREAM").map { String(cString: $0) }
        let format = LogFormat(config.format, journalStream: stream)
        self.init(level: config.level.loggerLevel) { records in
            switch format {
            case .text: Self.writeLines(records.map(LogLine.text))
            case .json: Self.writeLines(records.map(LogLine.json))
            case .journal:
                for record in records where !JournalEntry(record).send() {
                    Self.writeLines([LogLine.text(record)])
                }
            }
        }
    }

    /// Makes this sink the one of every `Logger` created from now on; once per process.
    package func bootstrap() {
        LoggingSystem.bootstrap { _ in SinkLogHandler(sink: self) }
    }

    private static func writeLines(_ lines: [String]) {
        var text = lines.joined(separator: "\n")
        text += "\n"
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = Glibc.write(STDERR_FILENO, rest.baseAddress, rest.count)
                if written > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
                } else if written < 0, errno == EAGAIN {
                    var waiting = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&waiting, 1, -1)
                } else if written < 0, errno != EINTR {
                    return
                }
            }
        }
    }
}

extension LogConfig.Level {
    var loggerLevel: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}
