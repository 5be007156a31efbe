import Glibc

/// By which signal a hook ended, and whether the service's sandbox, which it has inherited, is what ended it.
enum SignalText {
    /// Our own calls are filtered, and so are those of what we start (seccomp(2)).
    static let isSandboxed: Bool = {
        let status = String(decoding: InFlightFile.read("/proc/self/status", limit: 8192), as: UTF8.self)
        return status.split(separator: "\n").contains { $0.hasPrefix("Seccomp:") && $0.hasSuffix("2") }
    }()

    static func text(_ number: Int32, isSandboxed: Bool) -> String {
        let name = names[number].map { "SIG\($0)" } ?? "signal \(number)"
        if number == SIGSYS { return "killed by the sandbox (\(name)): it made a call that the service may not make" }
        guard isSandboxed, byRefusal.contains(number) else { return "ended by \(name)" }
        return
            "killed by the sandbox, as it seems (\(name)): it may not make code while it runs (MemoryDenyWriteExecute=), "
            + "nor make every call (SystemCallFilter=)"
    }

    /// How runtimes end that may not have what they cannot do without.
    private static let byRefusal: Set<Int32> = [SIGTRAP, SIGILL, SIGABRT, SIGSEGV, SIGBUS]

    private static let names: [Int32: String] = [
        SIGHUP: "HUP", SIGINT: "INT", SIGQUIT: "QUIT", SIGILL: "ILL", SIGTRAP: "TRAP", SIGABRT: "ABRT", SIGBUS: "BUS",
        SIGFPE: "FPE", SIGKILL: "KILL", SIGSEGV: "SEGV", SIGPIPE: "PIPE", SIGALRM: "ALRM", SIGTERM: "TERM",
        SIGSYS: "SYS",
    ]
}
