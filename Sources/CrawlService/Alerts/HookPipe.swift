import CSpawn
import Glibc

/// A pipe whose two descriptors are above the standard ones and are not inherited.
struct HookPipe {
    let readEnd: Int32
    let writeEnd: Int32

    init() throws(SystemFault) {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0, let first = ends.first, let last = ends.last else { throw SystemFault() }
        do throws(SystemFault) {
            readEnd = try Self.raised(first)
        } catch {
            _ = Glibc.close(last)
            throw error
        }
        do throws(SystemFault) {
            writeEnd = try Self.raised(last)
        } catch {
            _ = Glibc.close(readEnd)
            throw error
        }
    }

    func close() {
        _ = Glibc.close(readEnd)
        _ = Glibc.close(writeEnd)
    }

    /// Reads and writes on `descriptor`, one end, then fail with EAGAIN instead of waiting.
    static func makeNonblocking(_ descriptor: Int32) throws(SystemFault) {
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else { throw SystemFault() }
    }

    /// Takes `descriptor` over and returns it or a copy of it: one of 0, 1 or 2 would be overwritten while the child sets
    /// up its own.
    static func raised(_ descriptor: Int32) throws(SystemFault) -> Int32 {
        guard descriptor <= STDERR_FILENO else { return descriptor }
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
        let fault = SystemFault()
        _ = Glibc.close(descriptor)
        guard copy >= 0 else { throw fault }
        return copy
    }
}
