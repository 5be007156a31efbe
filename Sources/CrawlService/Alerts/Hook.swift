/// A program to run for one alert.
package struct Hook: Sendable {
    /// The program's absolute path, then its arguments.
    package var arguments: [String]
    /// What its environment holds beside PATH and LANG.
    package var environment: [(name: String, value: String)]
    /// What it can read from its standard input.
    package var input: [UInt8]
    /// Then its process group is killed.
    package var timeout: Duration

    package init(
        arguments: [String], environment: [(name: String, value: String)] = [], input: [UInt8] = [],
        timeout: Duration = .seconds(30)
    ) {
        self.arguments = arguments
        self.environment = environment
        self.input = input
        self.timeout = timeout
    }
}

/// What became of a hook.
package struct HookResult: Sendable, Hashable {
    package enum Ending: Sendable, Hashable {
        case exited(Int32)
        case signalled(Int32)
        case timedOut
        /// The system's reason.
        case notStarted(String)
        /// Still waiting when the runner was stopped, or killed by `HookRunner.kill`.
        case abandoned
    }

    package var ending: Ending
    /// The first 8 KiB of standard output and standard error, as they came.
    package var output: [UInt8] = []
    /// There was more output.
    package var isCut = false
}
