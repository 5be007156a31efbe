import ControlAPI
import CrawlTesting

/// A hook that writes each message to a file, one a line.
struct HookLog {
    let script: String
    private let file: String

    init(_ home: DaemonHome) throws {
        file = home.folder.file("hook.ndjson")
        script = try home.script(
            "hook", "IFS= read -r line || [ -n \"$line\" ] || exit 1\nprintf '%s\\n' \"$line\" >> '\(file)'")
    }

    /// In the order in which they were delivered, repeated ones too.
    func messages() throws -> [AlertMessage] {
        try (FileBytes.read(file) ?? []).split(separator: UInt8(ascii: "\n")).map {
            try ControlJSON.decode(AlertMessage.self, from: $0)
        }
    }
}
