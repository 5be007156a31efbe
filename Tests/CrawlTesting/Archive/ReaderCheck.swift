internal import Foundation

/// Runs `Tests/Readers/check`: WARC files before readers that nobody here wrote. Never skipped.
package enum ReaderCheck {
    package struct Stumbled: Error, CustomStringConvertible {
        package var description: String
    }

    /// Throws with what they say if one of the files of `folder` is not read as it has to be. Returns `TYPE URI` of each
    /// record, in the order of the files' names.
    @discardableResult
    package static func run(_ folder: String) throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let script = Process()
        script.executableURL = root.appendingPathComponent("Tests/Readers/check")
        script.arguments = [root.appendingPathComponent(".build/readers").path, folder]
        let pipe = Pipe()
        script.standardOutput = pipe
        script.standardError = pipe
        try script.run()
        let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        script.waitUntilExit()
        guard script.terminationStatus == 0 else { throw Stumbled(description: said) }
        return said.split(separator: "\n").filter { $0.hasPrefix("record ") }.map { String($0.dropFirst(7)) }
    }
}
