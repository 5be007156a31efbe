internal import Glibc

/// A file that is there whole or not at all: written as `path` + `.part`, renamed by `commit`, removed if that never
/// came. The disk is first touched by the first byte, or by `commit` of an empty one.
final class BodyFile {
    private let path: String
    private var part: String { path + ".part" }
    /// −1 = not open.
    private var descriptor: Int32 = -1

    init(path: String) { self.path = path }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(part)
    }

    /// What went wrong; nil = all of it is written.
    func write(_ bytes: UnsafeRawBufferPointer) -> String? {
        if let fault = open() { return fault }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return fault("write") }
            rest = rest.dropFirst(count)
        }
        return nil
    }

    /// What went wrong; nil = the file stands at its path.
    func commit() -> String? {
        if let fault = open() { return fault }
        guard rename(part, path) == 0 else { return fault("rename") }
        // The name is its own from here on: nothing is left to remove.
        close(descriptor)
        descriptor = -1
        return nil
    }

    private func open() -> String? {
        guard descriptor < 0 else { return nil }
        descriptor = Glibc.open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode_t(0o600))
        return descriptor < 0 ? fault("open") : nil
    }

    private func fault(_ call: String) -> String {
        let code = errno
        return "\(call) \(part): \(String(cString: strerror(code)))"
    }
}
