import Foundation

/// A process of ours, and what the kernel knows of it.
///
/// `@unchecked Sendable`: `Process` is started before it is shared and only asked and signalled afterwards.
final class ChildProcess: @unchecked Sendable {
    private let process = Process()
    let logPath: String

    /// What it prints goes to the file `log`.
    init(_ executable: String, _ arguments: [String], log: String) throws {
        logPath = log
        guard FileManager.default.createFile(atPath: log, contents: nil) else {
            throw BenchFailure("\(log) cannot be written")
        }
        let output = FileHandle(forWritingAtPath: log)
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        do {
            try process.run()
        } catch {
            throw BenchFailure("\(executable) cannot be started: \(error)")
        }
        try output?.close()
    }

    var isRunning: Bool { process.isRunning }

    /// SIGTERM, then waits for its end. Idempotent.
    func stop() {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }

    /// Waits for its end; its exit code, or the signal that ended it.
    func end() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// SIGKILL, then waits for its end.
    func kill() {
        if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// The end of what it printed.
    var lastWords: String {
        let text = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
        return String(text.suffix(2000))
    }

    /// CPU time of all its threads so far, user and system, in microseconds (the kernel counts ticks of 10 ms).
    var cpuMicroseconds: Double {
        let stat = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
        // The name in parentheses may hold blanks; utime and stime are the 12th and 13th fields after it.
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
        return (user + system) * 1_000_000 / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Resident memory now and at its highest, in bytes.
    var memory: (now: Int, peak: Int) {
        let status = self.status("status")
        return (Self.number("VmRSS", status) * 1024, Self.number("VmHWM", status) * 1024)
    }

    /// Threads now.
    var threads: Int { Self.number("Threads", status("status")) }

    /// How often each of its threads has gone to sleep so far, and so been woken, by the thread's number.
    var wakeUps: [String: Int] {
        let tasks = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/task")
        return Dictionary(
            uniqueKeysWithValues: (tasks ?? []).map {
                ($0, Self.number("voluntary_ctxt_switches", status("task/\($0)/status")))
            })
    }

    private func status(_ file: String) -> String {
        (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/\(file)", encoding: .utf8)) ?? ""
    }

    private static func number(_ name: String, _ status: String) -> Int {
        let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0
    }
}
