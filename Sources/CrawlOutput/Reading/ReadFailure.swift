internal import Glibc

/// Why a record cannot be read. Each says the place.
package enum ReadFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// Neither under its final name nor under that of a file that is written.
    case gone(path: String)
    /// What names the place cannot be one of ours.
    case noPlace(String)
    /// What stands there is no `response` and no `revisit` of a page.
    case notARecord(path: String, offset: Int64)
    /// It ends before its end, or its bytes are others than those that were written.
    case notWhole(path: String, offset: Int64)
    /// Its HTTP head is longer than any that is written.
    case tooLarge(path: String, offset: Int64)
    case call(String, path: String, errno: Int32)
    /// No memory to inflate it.
    case noMemory

    package var description: String {
        switch self {
        case .gone(let path): "\(path): there is no such file, nor one with \(ArchiveName.openSuffix) behind its name"
        case .noPlace(let text): "\(text): is no place in an archive"
        case .notARecord(let path, let offset): "\(path): at \(offset) stands no record of a page"
        case .notWhole(let path, let offset): "\(path): the record at \(offset) is not whole, or damaged"
        case .tooLarge(let path, let offset): "\(path): the record at \(offset) has a head that is too long"
        case .call(let call, let path, let code): "\(call) \(path): \(String(cString: strerror(code)))"
        case .noMemory: "no memory to inflate a record"
        }
    }
}
