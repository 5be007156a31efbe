internal import CSpawn
internal import Glibc
internal import Synchronization

/// A program that was started with its standard error on a pipe. It does not outlive the object: a test that fails
/// leaves nothing running.
package final class ChildProcess: Sendable {
    package struct Command: Sendable {
        package var program: String
        package var arguments: [String] = []
        /// All of it: nothing is taken over from the test but `PATH`.
        package var environment: [String: String] = [:]
        /// Becomes descriptor 3; stays open here. nil = the child has only the three standard ones.
        package var descriptor3: CInt?
        /// All three standard descriptors are a terminal of so many columns, of which `output` is what is shown; nil = standard
        /// input is empty, and the others are a pipe.
        package var terminalColumns: UInt16?

        package init(_ program: String, _ arguments: [String] = []) {
            self.program = program
            self.arguments = arguments
        }
    }

    package let pid: Int32
    /// What it wrote to standard error.
    package let output = OutputLines()
    private let end: End
    /// The keyboard's side of its terminal.
    private let terminal: CInt?

    /// The process as long as it was not waited for: its number is given to nobody else until then.
    private final class End: Sendable {
        let ending = Mutex<ProcessEnding?>(nil)
    }

    package init(_ command: Command) throws {
        end = End()
        terminal = try command.terminalColumns.map(Pseudoterminal.open)
        pid = try Spawn.start(command, terminal: terminal, output: output)
        let (pid, end) = (pid, end)
        DetachedThread.run {
            var info = siginfo_t()
            while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
            end.ending.withLock { ending in
                var status: Int32 = 0
                while waitpid(pid, &status, 0) < 0, errno == EINTR {}
                ending = ProcessEnding(status: status)
            }
        }
    }

    deinit {
        signal(SIGKILL)
        if let terminal { close(terminal) }
    }

    /// At its terminal; 3 is Ctrl-C.
    package func type(_ text: String) {
        guard let terminal else { return }
        _ = Array(text.utf8).withUnsafeBytes { write(terminal, $0.baseAddress, $0.count) }
    }

    /// nil while it runs.
    package var ending: ProcessEnding? { end.ending.withLock { $0 } }

    /// Does nothing once the process has ended.
    package func signal(_ number: Int32) {
        end.ending.withLock { if $0 == nil { kill(pid, number) } }
    }

    /// nil if it still runs after `limit`.
    package func ended(within limit: Duration = .seconds(60)) async -> ProcessEnding? {
        guard await eventually(within: limit, every: .milliseconds(2), { ending != nil }) else { return nil }
        // What it said last may still be on its way; what it left running may hold the pipe open.
        _ = await eventually(within: .seconds(1), every: .milliseconds(1)) { output.isComplete }
        return ending
    }

    /// Memory that is in use, in KiB; nil once the process has ended.
    package var residentKiB: Int? {
        guard let status = FileBytes.text("/proc/\(pid)/status") else { return nil }
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }) else { return nil }
        return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
    }
}

private enum Spawn {
    struct Failure: Error {
        var call: String
        var code: Int32
    }

    static func start(_ command: ChildProcess.Command, terminal: CInt?, output: OutputLines) throws -> pid_t {
        var pipe: [CInt] = [-1, -1]
        guard pipe2(&pipe, O_CLOEXEC) == 0 else { throw Failure(call: "pipe2", code: errno) }
        defer { close(pipe[1]) }
        // The pipe's ends may be 3 themselves: out of the way first.
        let writing = fcntl(pipe[1], F_DUPFD_CLOEXEC, 10)
        defer { close(writing) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let name = terminal.flatMap(Pseudoterminal.name)
        posix_spawn_file_actions_addopen(
            &actions, STDIN_FILENO, name ?? "/dev/null", name == nil ? O_RDONLY : O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, name == nil ? writing : STDIN_FILENO, STDERR_FILENO)
        posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
        if let descriptor = command.descriptor3 { posix_spawn_file_actions_adddup2(&actions, descriptor, 3) }
        posix_spawn_file_actions_addclosefrom_np(&actions, command.descriptor3 == nil ? 3 : 4)

        // A thread of Dispatch has signals blocked, which a child would inherit.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // Who begins a session has the terminal that it opens, and gets its Ctrl-C.
        let session = terminal == nil ? 0 : Pseudoterminal.newSession
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | session))

        var environment = command.environment
        environment["PATH"] = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        let arguments = ([command.program] + command.arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, command.program, &actions, &attributes, arguments, variables)
        guard code == 0 else {
            close(pipe[0])
            throw Failure(call: "posix_spawn \(command.program)", code: code)
        }
        if let terminal {
            close(pipe[0])
            output.follow(dup(terminal))
        } else {
            output.follow(pipe[0])
        }
        return pid
    }
}
