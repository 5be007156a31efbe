package import CrawlCore
internal import Glibc
internal import Synchronization

/// Files for what is too large to be kept in memory until its records are written: the folder `.spool` of an archive's
/// folder. Nothing in it outlives the process: it is emptied at the start.
///
/// Bounded: by `limit` bytes in all, and by what the disk has left. Any thread may use it.
package final class Spool: Sendable {
    package enum Kind: String, Sendable {
        case body
        case member
    }

    package static let folderName = ".spool"

    package let folder: String
    let calls: FileCalls
    /// Where files are written; see `BodySpill`.
    let lane: any Lane
    private let limit: Int64
    private let minFree: Int64
    private let usage = Mutex(Usage())
    private let serial = Atomic<Int64>(0)

    private struct Usage {
        var bytes: Int64 = 0
        /// Taken since the disk was asked for its room.
        var unasked: Int64 = askedEach
        var hasRoom = true
    }

    /// The disk is asked once for so many bytes: the call costs as much as a small write.
    private static let askedEach: Int64 = 1 << 20

    /// Makes the folder if it is missing and removes what a process before left in it.
    ///
    /// - Parameters:
    ///   - archive: the archive's folder.
    ///   - limit: bytes of all files at most.
    ///   - minFree: bytes that the disk is left with at least.
    ///   - lane: one that may wait for the disk.
    package init(
        in archive: String, limit: Int64, minFree: Int64, lane: any Lane, calls: FileCalls = .system
    ) throws(SpoolFailure) {
        folder = archive + "/" + Self.folderName
        self.limit = limit
        self.minFree = minFree
        self.lane = lane
        self.calls = calls
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw SpoolFailure(.io, folder, errno: errno) }
        try empty()
    }

    /// Bytes that its files hold.
    package var usedBytes: Int64 { usage.withLock { $0.bytes } }

    /// A new file. It touches the disk with its first byte.
    package func makeFile(_ kind: Kind) -> SpoolFile {
        let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
        return SpoolFile(path: "\(folder)/\(number).\(kind.rawValue)", spool: self)
    }

    /// False = there is no room for so many bytes more.
    func take(_ bytes: Int64) -> Bool {
        usage.withLock { usage in
            guard usage.bytes <= limit - bytes else { return false }
            usage.unasked += bytes
            if usage.unasked > Self.askedEach || !usage.hasRoom {
                usage.unasked = 0
                // A disk that cannot be asked is no full one: writing will tell.
                usage.hasRoom = calls.freeBytes(folder).map { $0 - bytes >= minFree } ?? true
            }
            guard usage.hasRoom else { return false }
            usage.bytes += bytes
            return true
        }
    }

    func giveBack(_ bytes: Int64) { usage.withLock { $0.bytes -= bytes } }

    /// No folder is looked into: there is none of ours.
    private func empty() throws(SpoolFailure) {
        guard let stream = opendir(folder) else { throw SpoolFailure(.io, folder, errno: errno) }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            let path = folder + "/" + name
            guard unlink(path) == 0 || errno == ENOENT else { throw SpoolFailure(.io, path, errno: errno) }
        }
    }
}
