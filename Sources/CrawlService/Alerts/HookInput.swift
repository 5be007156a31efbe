import CSpawn
import Glibc

/// What a hook reads: a file in memory instead of a pipe, so that nobody has to feed it, however slowly it reads.
struct HookInput {
    let descriptor: Int32

    init(_ bytes: [UInt8]) throws(SystemFault) {
        let closeOnExec: UInt32 = 1  // MFD_CLOEXEC, a macro that Swift does not see
        let made = memfd_create("crawld-alert", closeOnExec)
        guard made >= 0 else { throw SystemFault() }
        descriptor = try HookPipe.raised(made)
        do throws(SystemFault) {
            try fill(bytes)
        } catch {
            close()
            throw error
        }
    }

    func close() { _ = Glibc.close(descriptor) }

    private func fill(_ bytes: [UInt8]) throws(SystemFault) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemFault() }
            rest = rest.dropFirst(count)
        }
        lseek(descriptor, 0, SEEK_SET)
    }
}
