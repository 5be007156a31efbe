import CFault
import CrawlCore
import Glibc

/// The file `in-flight` beside the frontier: what is in flight, by which signal it ended or what kept a worker, for the process after this
/// one. It is allocated whole at the start, so that a store into it cannot meet a full disk, and never synchronised: a
/// process that dies leaves its pages to the kernel, and after a loss of power they mean nothing.
///
/// `@unchecked Sendable`: the table is touched by the crawl loop only, on its lane; the list of a stall by the workers'
/// monitor only, on its thread. They have no byte in common.
package final class InFlightFile: @unchecked Sendable {
    private var table: InFlightTable
    private let memory: UnsafeMutableRawBufferPointer
    private let stall: StallList

    /// A new file in the place of what is at `path`. Signals are noted from now on.
    init(path: String, inFlight: Int, now: Instant, boot: [UInt8]) throws(SystemFault) {
        memory = try Self.map(path, bytes: InFlightTable.bytes(for: inFlight))
        table = InFlightTable(memory, inFlight: inFlight, begunAt: now, boot: boot)
        stall = StallList(memory, inFlight: inFlight)
        guard let base = memory.baseAddress else { return }
        cfault_arm(
            (base + InFlightTable.Field.signal).assumingMemoryBound(to: Int32.self),
            (base + InFlightTable.Field.endedAt).assumingMemoryBound(to: Int64.self),
            (base + InFlightTable.Field.work).assumingMemoryBound(to: Int64.self))
    }

    deinit {
        cfault_disarm()
        munmap(memory.baseAddress, memory.count)
    }

    func begin(_ ticket: Int64) { table.begin(ticket) }
    func end(_ ticket: Int64) { table.end(ticket) }

    /// A worker does not come back, and these are what it has in flight: the process will end for it. On the monitor's
    /// thread.
    func noteStall(of tickets: [Int64], at: Instant) { stall.note(tickets, at: at) }

    private static func map(_ path: String, bytes: Int) throws(SystemFault) -> UnsafeMutableRawBufferPointer {
        // Never the old file: it may be somebody's link, or mapped by a process that is still dying.
        guard unlink(path) == 0 || errno == ENOENT else { throw SystemFault(errno) }
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw SystemFault(errno) }
        defer { close(file) }
        let code = posix_fallocate(file, 0, off_t(bytes))
        guard code == 0 else {
            unlink(path)
            throw SystemFault(code)
        }
        guard let base = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), base != MAP_FAILED else {
            let code = errno
            unlink(path)
            throw SystemFault(code)
        }
        return UnsafeMutableRawBufferPointer(start: base, count: bytes)
    }

    /// At most `limit` bytes of what is there; empty if that is no plain file.
    static func read(_ path: String, limit: Int = LastLife.mostBytes) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var info = stat()
        guard fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return [] }
        var bytes = [UInt8](repeating: 0, count: min(max(4096, Int(info.st_size)), limit))
        var length = 0
        while length < bytes.count {
            let (start, room) = (length, bytes.count - length)
            let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress.map { $0 + start }, room) }
            guard count > 0 else { break }
            length += count
        }
        return Array(bytes.prefix(length))
    }
}
