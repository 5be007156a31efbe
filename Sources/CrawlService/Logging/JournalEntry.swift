import CSystemd
import Glibc
import Logging

/// A record as the journal's fields. Values are passed by length, so nothing in them can start another field.
struct JournalEntry {
    /// `NAME=value`, one element a field.
    let fields: [String]

    init(_ record: LogRecord) {
        var fields = [
            "MESSAGE=" + LogLine.body(record), "PRIORITY=\(Self.priority(record.level))", "SYSLOG_IDENTIFIER=crawld",
        ]
        // What has an id is an event, and its message is the event's name.
        if let id = record.messageID { fields += ["MESSAGE_ID=" + id, "CRAWLD_EVENT=" + record.message] }
        for field in record.fields { fields.append("\(Self.name(field.key))=\(field.value.text)") }
        self.fields = fields
    }

    /// False when the journal did not take it.
    func send() -> Bool {
        let bytes = fields.map { Array($0.utf8) }
        var joined = bytes.flatMap { $0 }
        return joined.withUnsafeMutableBytes { buffer in
            var offset = 0
            let vectors = bytes.map { field in
                defer { offset += field.count }
                return iovec(iov_base: buffer.baseAddress.map { $0 + offset }, iov_len: field.count)
            }
            return sd_journal_sendv(vectors, Int32(vectors.count)) == 0
        }
    }

    /// syslog's scale.
    static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// `CRAWLD_` and the key in capitals; the journal knows capitals, digits and `_` only, 64 at most.
    static func name(_ key: String) -> String {
        "CRAWLD_" + LogEscape.key(key).uppercased().map { $0 == "." || $0 == "-" ? "_" : $0 }.prefix(57)
    }
}
