import Foundation

/// By gzip(1), which knows nothing of ours.
enum Gunzip {
    struct Refused: Error {
        var bytes: Int
    }

    static func all(_ bytes: [UInt8]) throws -> [UInt8] {
        let path = NSTemporaryDirectory() + "crawld-test-\(UUID().uuidString).gz"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let gzip = Process()
        gzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
        gzip.arguments = ["-dc", path]
        let pipe = Pipe()
        gzip.standardOutput = pipe
        try gzip.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        gzip.waitUntilExit()
        guard gzip.terminationStatus == 0 else { throw Refused(bytes: output.count) }
        return Array(output)
    }
}
