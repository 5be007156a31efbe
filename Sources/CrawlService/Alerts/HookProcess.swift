import CrawlCore
import Dispatch
import Glibc

/// One run of a hook, from its start to its end.
///
/// `@unchecked Sendable`: everything that changes is touched only on `queue`, the runner's, which every entry checks.
final class HookProcess: @unchecked Sendable {
    private let hook: Hook
    private let queue: DispatchQueue
    private var process: pid_t = 0
    private var onEnd: (@Sendable (HookResult) -> Void)?
    /// Set when we killed the group: what the result says if that is what ended the hook.
    private var killedAs: HookResult.Ending?
    private var output: HookOutput?
    /// How the process ended; meaningful once it has.
    private var ending = HookResult.Ending.abandoned
    private var timer: DispatchWorkItem?

    init(_ hook: Hook, queue: DispatchQueue) {
        self.hook = hook
        self.queue = queue
    }

    /// `onEnd` is called once, on `queue`, unless this throws.
    func start(onEnd: @escaping @Sendable (HookResult) -> Void) throws(SystemFault) {
        dispatchPrecondition(condition: .onQueue(queue))
        let input = try HookInput(hook.input)
        defer { input.close() }
        let output = try HookOutput()
        do throws(SystemFault) {
            process = try HookSpawn.start(hook, input: input.descriptor, output: output.writeEnd)
        } catch {
            output.abandon()
            throw error
        }
        self.onEnd = onEnd
        self.output = output
        output.start { [self] bytes, isCut in
            queue.async { [self] in read(bytes, isCut) }
        }
        startTimer()
        waitForEnd()
    }

    /// Kills the process group; the result says `abandoned`.
    func abandon() { kill(as: .abandoned) }

    private func kill(as ending: HookResult.Ending) {
        dispatchPrecondition(condition: .onQueue(queue))
        // The leader is not reaped before `ended`, so the number is still its group's.
        guard process > 0, killedAs == nil else { return }
        killedAs = ending
        _ = Glibc.kill(-process, SIGKILL)
    }

    private func startTimer() {
        let timer = DispatchWorkItem { [weak self] in self?.kill(as: .timedOut) }
        self.timer = timer
        let limit = Int(clamping: max(0, hook.timeout.ms))
        queue.asyncAfter(deadline: .now() + .milliseconds(limit), execute: timer)
    }

    // MARK: End

    /// Waits on a thread of its own without reaping.
    private func waitForEnd() {
        let process = process
        DispatchQueue(label: "crawld.service.hooks.wait").async { [self] in
            var info = siginfo_t()
            while waitid(P_PID, id_t(process), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
            queue.async { [self] in ended() }
        }
    }

    private func ended() {
        dispatchPrecondition(condition: .onQueue(queue))
        var status: Int32 = 0
        var reaped: pid_t
        repeat { reaped = waitpid(process, &status, 0) } while reaped < 0 && errno == EINTR
        let fault = SystemFault()
        process = 0
        timer?.cancel()
        timer = nil
        ending = reaped < 0 ? HookResult.Ending.notStarted(fault.description) : Self.ending(status)
        if let killedAs, ending == .signalled(SIGKILL) { ending = killedAs }
        output?.finish()
    }

    /// The reader answers after `finish`, so there is an ending.
    private func read(_ bytes: [UInt8], _ isCut: Bool) {
        dispatchPrecondition(condition: .onQueue(queue))
        let onEnd = onEnd
        self.onEnd = nil
        onEnd?(HookResult(ending: ending, output: bytes, isCut: isCut))
    }

    /// The bits of `waitpid`'s status.
    private static func ending(_ status: Int32) -> HookResult.Ending {
        let signal = status & 0x7f
        return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
    }
}
