internal import Glibc

/// Why an archive cannot be opened, or does not take records. Each says the place.
package enum ArchiveFailure: Error, Sendable, Hashable, CustomStringConvertible {
    case missing(folder: String)
    case notAFolder(String)
    /// Its rights.
    case unwritable(folder: String)
    /// The mount's.
    case readOnly(folder: String)
    /// By another process.
    case held(folder: String)
    /// A file that ends in `.open` and is none of ours: whoever writes it may write more.
    case foreign(path: String)
    /// Of what the folder was begun with.
    case otherDigest(path: String, found: DigestAlgorithm, wanted: DigestAlgorithm)
    /// The file that says the digest says something else.
    case unknownDigest(path: String)
    /// The disk would be left with less than `min_free`. Nothing was written.
    case noRoom(folder: String, free: Int64, wanted: Int64)
    /// A call failed; what of a batch was written is cut off again.
    case call(String, path: String, errno: Int32)
    /// A large body's file.
    case spool(SpoolFailure)
    /// No memory for a compressor.
    case noMemory

    /// It may pass when somebody makes room.
    package var isLackOfRoom: Bool {
        switch self {
        case .noRoom: true
        case .call(_, _, let code): code == ENOSPC || code == EDQUOT
        case .spool(let failure): failure.isLackOfRoom
        default: false
        }
    }

    package var description: String {
        switch self {
        case .missing(let folder): "\(folder): there is no such directory"
        case .notAFolder(let path): "\(path): is no directory"
        case .unwritable(let folder):
            "\(folder): may not be written to by this user; under the service's sandbox it takes \(Self.sandboxLine(folder))"
        case .readOnly(let folder):
            "\(folder): is read-only, by its mount or by the service's sandbox, which takes \(Self.sandboxLine(folder))"
        case .held(let folder): "\(folder): another crawld writes to it"
        case .foreign(let path): "\(path): is none of crawld's files; whoever writes it may not be done"
        case .otherDigest(let path, let found, let wanted):
            "\(path): this directory was begun with \(found.rawValue), not \(wanted.rawValue)"
        case .unknownDigest(let path): "\(path): says neither sha1 nor sha256"
        case .noRoom(let folder, let free, let wanted):
            "\(folder): \(free) bytes are free, \(wanted) are needed, min_free with them"
        case .call(let call, let path, let code): "\(call) \(path): \(String(cString: strerror(code)))"
        case .spool(let failure): failure.description
        case .noMemory: "no memory for a compressor"
        }
    }

    private static func sandboxLine(_ folder: String) -> String { "ReadWritePaths=\(folder)" }

    /// By errno of a call that would make a file in `folder`.
    package static func making(_ call: String, _ path: String, in folder: String, errno code: Int32) -> ArchiveFailure {
        switch code {
        case EROFS: .readOnly(folder: folder)
        case EACCES, EPERM: .unwritable(folder: folder)
        case ENOENT: .missing(folder: folder)
        default: .call(call, path: path, errno: code)
        }
    }
}
