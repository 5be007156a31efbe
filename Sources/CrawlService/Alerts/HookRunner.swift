import Dispatch
import Glibc

/// Runs hooks, a few at a time; the others wait in order. Nothing here blocks its caller, and no hook can hold it up:
/// not by never reading, by endless output, by never ending, or by a child that outlives it.
///
/// `@unchecked Sendable`: everything that changes is touched only on `queue`, which every access checks.
package final class HookRunner: @unchecked Sendable {
    package typealias Done = @Sendable (HookResult) -> Void

    private let queue = DispatchQueue(label: "crawld.service.hooks")
    private let limit: Int
    private let inherited: [(name: String, value: String)]
    private var waiting: [(hook: Hook, done: Done)] = []
    private var running: [ObjectIdentifier: HookProcess] = [:]
    private var isStopped = false

    /// At most `limit` hooks run at a time, default 4. `path` and `language` are the hooks' PATH and LANG, by default
    /// the process's own; LANG is left out when neither has it.
    package init(
        limit: Int = 4, path: String? = HookRunner.variable("PATH"), language: String? = HookRunner.variable("LANG")
    ) {
        self.limit = max(1, limit)
        inherited =
            [("PATH", path ?? "/usr/local/bin:/usr/bin:/bin")] + (language.map { [("LANG", $0)] } ?? [])
    }

    /// `done` is called once, on a queue of the runner.
    package func run(_ hook: Hook, done: @escaping Done) {
        queue.async { [self] in
            guard !isStopped else { return done(HookResult(ending: .abandoned)) }
            waiting.append((hook, done))
            startNext()
        }
    }

    /// Starts nothing more and abandons what waits. Idempotent.
    package func stop() {
        queue.async { [self] in
            isStopped = true
            let abandoned = waiting
            waiting.removeAll()
            for entry in abandoned { entry.done(HookResult(ending: .abandoned)) }
        }
    }

    /// `stop`, and kills what runs: once this returns, every process group has been sent SIGKILL. Not to be called from
    /// a `done`.
    package func kill() {
        stop()
        queue.sync { for process in running.values { process.abandon() } }
    }

    /// How many run and how many wait.
    package var load: (running: Int, waiting: Int) { queue.sync { (running.count, waiting.count) } }

    private func startNext() {
        dispatchPrecondition(condition: .onQueue(queue))
        while running.count < limit, !waiting.isEmpty {
            let (hook, done) = waiting.removeFirst()
            var whole = hook
            whole.environment = inherited + hook.environment
            let process = HookProcess(whole, queue: queue)
            let id = ObjectIdentifier(process)
            do {
                try process.start { [self] result in
                    running[id] = nil
                    done(result)
                    startNext()
                }
                running[id] = process
            } catch {
                done(HookResult(ending: .notStarted(error.description)))
            }
        }
    }

    /// nil if the process's environment does not have it.
    package static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
