import Foundation

/// A program that a test started; it does not outlive the value.
final class ChildProcess {
    private let process = Process()
    private let name: String

    /// What the program writes goes to the file `output`.
    init(_ program: String, _ arguments: [String], output: String) throws {
        name = program
        try Data().write(to: URL(fileURLWithPath: output))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = file
        process.standardError = file
        try process.run()
    }

    var isRunning: Bool { process.isRunning }

    /// SIGTERM, and SIGKILL if that does not end it within 30 s. Returns the exit status; −1 if a signal ended it.
    @discardableResult
    func stop() -> Int32 {
        process.terminate()
        do {
            try Patience.wait(for: "the end of \(name)", within: .seconds(30), pause: .milliseconds(20)) {
                process.isRunning ? nil : ()
            }
        } catch {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        return process.terminationReason == .exit ? process.terminationStatus : -1
    }

    deinit { if process.isRunning { stop() } }
}
