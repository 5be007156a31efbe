internal import Glibc

/// Why bytes could not be put aside, or had again.
package struct SpoolFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Reason: Sendable, Hashable {
        /// The spool is as large as it may be, or the disk would be left with less than `min_free`.
        case full
        /// A file of it has another size than was written: somebody else was there.
        case changed
        case noMemory
        /// A call failed.
        case io
    }

    package let reason: Reason
    package let path: String
    /// 0 = none.
    package let errno: Int32

    package init(_ reason: Reason, _ path: String, errno: Int32 = 0) {
        self.reason = reason
        self.path = path
        self.errno = errno
    }

    /// The disk or the spool is full: it may pass.
    package var isLackOfRoom: Bool { reason == .full || errno == ENOSPC || errno == EDQUOT }

    package var description: String {
        switch reason {
        case .full: "\(path): the spool is full"
        case .changed: "\(path): changed by somebody else"
        case .noMemory: "\(path): no memory"
        case .io: "\(path): \(String(cString: strerror(errno)))"
        }
    }
}
