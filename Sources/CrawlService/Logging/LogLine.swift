import ControlAPI
import Logging

/// The text forms of a record.
enum LogLine {
    /// logfmt: `2026-01-02T03:04:05.678Z warning broken-origin cause=520 url=…`.
    static func text(_ record: LogRecord) -> String {
        "\(Timestamp.text(record.ms)) \(record.level) \(body(record))"
    }

    /// Without time and level, which the journal keeps as fields of its own.
    static func body(_ record: LogRecord) -> String {
        record.fields.reduce(into: LogEscape.message(record.message)) { line, field in
            line += " \(LogEscape.key(field.key))=\(LogEscape.value(field.value.text))"
        }
    }

    /// One JSON object: `time`, `level`, `message`, then the fields: numbers and truth values as such, all else as strings. A field that is called like one of the
    /// first three gets `field_` before its name.
    static func json(_ record: LogRecord) -> String {
        let time = Timestamp.text(record.ms)
        let head = "{\"time\":\"\(time)\",\"level\":\"\(record.level)\",\"message\":\(LogEscape.quoted(record.message))"
        return record.fields.reduce(into: head) { line, field in
            let key = LogEscape.key(field.key)
            let name = ["time", "level", "message"].contains(key) ? "field_" + key : key
            let value = field.value.isBare ? field.value.text : LogEscape.quoted(field.value.text)
            line += ",\"\(name)\":\(value)"
        } + "}"
    }
}
