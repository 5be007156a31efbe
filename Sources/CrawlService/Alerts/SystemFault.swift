import Glibc

/// A system call's `errno`.
struct SystemFault: Error, CustomStringConvertible {
    let code: Int32

    init(_ code: Int32 = errno) { self.code = code }

    /// The system's words: "No such file or directory".
    var description: String { String(cString: strerror(code)) }
}
