import Dispatch
import Glibc

/// Reads what a hook writes, keeps its beginning and drops the rest, on a thread of its own.
///
/// No dispatch source does this: on Linux, sources of descriptors that come and go can crash Dispatch's manager thread
/// (swift-corelibs-libdispatch issue 949), and with it the daemon.
final class HookOutput: Sendable {
    /// What is kept of an output.
    static let limit = 8 << 10
    /// A pipe holds 64 KiB: what a hook has written when it ends, and nobody who still writes then can keep us reading.
    private static let lastBytes = 64 << 10

    /// Where the hook writes; closed by `start`.
    let writeEnd: Int32
    private let readEnd: Int32
    /// Closing its writing end wakes the reader.
    private let wake: HookPipe

    init() throws(SystemFault) {
        let pipe = try HookPipe()
        do throws(SystemFault) {
            try HookPipe.makeNonblocking(pipe.readEnd)
            wake = try HookPipe()
        } catch {
            pipe.close()
            throw error
        }
        readEnd = pipe.readEnd
        writeEnd = pipe.writeEnd
    }

    /// Instead of `start`: there is no hook.
    func abandon() {
        for descriptor in [readEnd, writeEnd, wake.readEnd, wake.writeEnd] { close(descriptor) }
    }

    /// Reads from now on. `done` is called once, from the reader's thread, after `finish`.
    func start(done: @escaping @Sendable (_ output: [UInt8], _ isCut: Bool) -> Void) {
        close(writeEnd)
        DispatchQueue(label: "crawld.service.hooks.output").async { [self] in
            var kept = Kept()
            readUntilFinished(&kept)
            close(readEnd)
            close(wake.readEnd)
            done(kept.bytes, kept.isCut)
        }
    }

    /// The hook has ended: what the pipe still holds is read, and no more is waited for, even if a child that the hook
    /// left behind has the pipe open. Once, after `start`.
    func finish() { close(wake.writeEnd) }

    private struct Kept {
        var bytes: [UInt8] = []
        var isCut = false

        mutating func take(_ part: UnsafeRawBufferPointer) {
            let count = min(part.count, HookOutput.limit - bytes.count)
            bytes.append(contentsOf: part.prefix(count))
            if count < part.count { isCut = true }
        }
    }

    private func readUntilFinished(_ kept: inout Kept) {
        var waits = [
            pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            guard poll(&waits, nfds_t(waits.count), -1) >= 0 else {
                if errno == EINTR { continue }
                return
            }
            if waits[0].revents != 0 { break }
            // At the end only the wake is waited for: a negative descriptor is left out.
            if waits[1].revents != 0, readOnce(&kept) == 0 { waits[1].fd = -1 }
        }
        var total = 0
        while total < Self.lastBytes, case let count = readOnce(&kept), count > 0 { total += count }
    }

    /// The number of bytes, 0 at the end, −1 when there is nothing now.
    private func readOnce(_ kept: inout Kept) -> Int {
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { buffer in
            let count = read(readEnd, buffer.baseAddress, buffer.count)
            guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) ? -1 : 0 }
            kept.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            return count
        }
    }
}
