import CrawlCore
import Dispatch
import Glibc

/// One run of a hook, from its start to its end.
///
/// `@unchecked Sendable`: everything that changes is touched only on `queue`, the runner's, which every entry checks.
final class HookProcess: @unchecked Sendable {
    static let maxOutput = 8 << 10
    /// A pipe holds 64 KiB: what a hook has written when it ends, and nobody who still writes then can keep us reading.
    private static let maxFinalRead = 64 << 10

    private let hook: Hook
    private let queue: DispatchQueue
    private var process: pid_t = 0
    private var onEnd: (@Sendable (HookResult) -> Void)?
    private var output: [UInt8] = []
    private var isCut = false
    /// Set when we killed the group: what the result says if that is what ended the hook.
    private var killedAs: HookResult.Ending?
    private var inputWritten = 0
    private var inputSource: (any DispatchSourceWrite)?
    private var outputSource: (any DispatchSourceRead)?
    private var outputEnd: Int32 = -1
    private var timer: DispatchWorkItem?

    init(_ hook: Hook, queue: DispatchQueue) {
        self.hook = hook
        self.queue = queue
    }

    /// `onEnd` is called once, on `queue`, unless this throws.
    func start(onEnd: @escaping @Sendable (HookResult) -> Void) throws(SystemFault) {
        dispatchPrecondition(condition: .onQueue(queue))
        let input = try HookPipe()
        let output: HookPipe
        do throws(SystemFault) {
            output = try HookPipe()
        } catch {
            input.close()
            throw error
        }
        do throws(SystemFault) {
            try HookPipe.makeNonblocking(input.writeEnd)
            try HookPipe.makeNonblocking(output.readEnd)
            process = try HookSpawn.start(hook, input: input.readEnd, output: output.writeEnd)
        } catch {
            input.close()
            output.close()
            throw error
        }
        _ = close(output.writeEnd)
        self.onEnd = onEnd
        watchOutput(output.readEnd)
        feed(input)
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

    // MARK: Input

    /// Writes as much as the pipe takes, whenever it takes some. We keep the reading end too: so a hook that closes its
    /// own makes no SIGPIPE. Both ends close when all is written or the hook has ended.
    private func feed(_ pipe: HookPipe) {
        let source = DispatchSource.makeWriteSource(fileDescriptor: pipe.writeEnd, queue: queue)
        source.setEventHandler { [weak self] in self?.writeMore(pipe.writeEnd) }
        source.setCancelHandler { pipe.close() }
        inputSource = source
        source.resume()
    }

    private func writeMore(_ descriptor: Int32) {
        dispatchPrecondition(condition: .onQueue(queue))
        guard let source = inputSource else { return }
        let written = hook.input.withUnsafeBytes { bytes in
            let rest = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(inputWritten))
            return rest.isEmpty ? 0 : write(descriptor, rest.baseAddress, rest.count)
        }
        if written < 0, errno == EAGAIN || errno == EINTR { return }
        inputWritten += max(0, written)
        guard written < 0 || inputWritten >= hook.input.count else { return }
        inputSource = nil
        source.cancel()
    }

    // MARK: Output

    private func watchOutput(_ descriptor: Int32) {
        outputEnd = descriptor
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler { [weak self] in
            guard let self, outputSource != nil, readOnce() == 0 else { return }
            closeOutput()
        }
        source.setCancelHandler { _ = close(descriptor) }
        outputSource = source
        source.resume()
    }

    /// Keeps what fits and drops the rest. Returns the number of bytes, 0 at the end, −1 when there is nothing now.
    private func readOnce() -> Int {
        dispatchPrecondition(condition: .onQueue(queue))
        return withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { buffer in
            let count = read(outputEnd, buffer.baseAddress, buffer.count)
            guard count > 0 else { return count == 0 || errno == EAGAIN || errno == EINTR ? count : 0 }
            let kept = min(count, Self.maxOutput - output.count)
            output.append(contentsOf: buffer.prefix(kept))
            if kept < count { isCut = true }
            return count
        }
    }

    private func closeOutput() {
        outputSource?.cancel()
        outputSource = nil
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

    /// A child that the hook leaves behind may hold the pipe open: it is not waited for.
    private func ended() {
        dispatchPrecondition(condition: .onQueue(queue))
        var status: Int32 = 0
        var reaped: pid_t
        repeat { reaped = waitpid(process, &status, 0) } while reaped < 0 && errno == EINTR
        let fault = SystemFault()
        process = 0
        timer?.cancel()
        timer = nil
        inputSource?.cancel()
        inputSource = nil
        if outputSource != nil {
            var total = 0
            while total < Self.maxFinalRead {
                let count = readOnce()
                guard count > 0 else { break }
                total += count
            }
            closeOutput()
        }
        var ending = reaped < 0 ? HookResult.Ending.notStarted(fault.description) : Self.ending(status)
        if let killedAs, ending == .signalled(SIGKILL) { ending = killedAs }
        let onEnd = onEnd
        self.onEnd = nil
        onEnd?(HookResult(ending: ending, output: output, isCut: isCut))
    }

    /// The bits of `waitpid`'s status.
    private static func ending(_ status: Int32) -> HookResult.Ending {
        let signal = status & 0x7f
        return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
    }
}
