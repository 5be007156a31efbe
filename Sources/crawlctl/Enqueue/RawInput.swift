import Glibc

/// The bytes of a file or of standard input as they are.
final class RawInput {
    let name: String

    /// Bytes of all of it; nil = not known: a pipe, or a terminal.
    let size: Int64?

    /// Bytes that were read.
    private(set) var position: Int64 = 0

    /// Somebody wants it to end: it does, as if there were no more.
    var isInterrupted: () -> Bool = { false }
    private let descriptor: Int32

    /// `-` is standard input.
    init(path: String) throws(CtlFailure) {
        name = path == "-" ? "standard input" : path
        let opened = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw CtlFailure(.io, "\(path): \(String(cString: strerror(errno)))") }
        descriptor = opened
        var status = stat()
        let isFile = fstat(opened, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        size = isFile ? Int64(status.st_size) : nil
    }

    deinit {
        if descriptor != STDIN_FILENO { close(descriptor) }
    }

    /// At most `max` bytes; empty at the end only.
    func read(_ max: Int) throws(CtlFailure) -> [UInt8] {
        while !isInterrupted() {
            var buffer = [UInt8](repeating: 0, count: max)
            let count = Glibc.read(descriptor, &buffer, max)
            if count >= 0 {
                position += Int64(count)
                return Array(buffer.prefix(count))
            }
            guard errno == EINTR else { throw CtlFailure(.io, "\(name): \(String(cString: strerror(errno)))") }
        }
        return []
    }
}
