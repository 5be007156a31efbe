internal import Glibc

/// The folder of an archive, held by one process at a time. The lock is the kernel's: it ends with the process.
final class ArchiveFolder {
    static let lockName = ".lock"
    /// Says the digest of everything in the folder, for its whole life.
    static let digestName = "digest"

    let path: String
    /// Files are named relative to it, so that a folder that is renamed is written to all the same.
    private let descriptor: Int32
    private let lock: Int32
    private let calls: FileCalls

    init(path: String, digest: DigestAlgorithm, calls: FileCalls) throws(ArchiveFailure) {
        self.path = path
        self.calls = calls
        var info = stat()
        guard stat(path, &info) == 0 else {
            throw .making("stat", path, in: path, errno: errno)
        }
        guard info.st_mode & S_IFMT == S_IFDIR else { throw .notAFolder(path) }
        descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .making("open", path, in: path, errno: errno) }
        do throws(ArchiveFailure) {
            lock = try Self.lock(descriptor, path)
        } catch {
            close(descriptor)
            throw error
        }
        try settle(digest)
    }

    deinit {
        // A child that was forked and has not yet become another program holds the lock's file too.
        flock(lock, LOCK_UN)
        close(lock)
        close(descriptor)
    }

    private static func lock(_ folder: Int32, _ path: String) throws(ArchiveFailure) -> Int32 {
        let lock = openat(folder, lockName, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode_t(0o640))
        guard lock >= 0 else { throw .making("open", path + "/" + lockName, in: path, errno: errno) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(lock)
            throw code == EWOULDBLOCK ? .held(folder: path) : .call("flock", path: path + "/" + lockName, errno: code)
        }
        return lock
    }

    // MARK: The digest

    private func settle(_ wanted: DigestAlgorithm) throws(ArchiveFailure) {
        let name = Self.digestName
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else {
            guard errno == ENOENT else { throw .call("open", path: place(name), errno: errno) }
            return try note(wanted)
        }
        defer { close(file) }
        let text = withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { bytes in
            let count = pread(file, bytes.baseAddress, bytes.count, 0)
            return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[..<max(0, count)]), as: UTF8.self)
        }
        guard let found = DigestAlgorithm(rawValue: String(text.prefix { !$0.isWhitespace })) else {
            throw .unknownDigest(path: place(name))
        }
        guard found == wanted else { throw .otherDigest(path: place(name), found: found, wanted: wanted) }
    }

    /// Whole or not at all: half of it would be refused for ever.
    private func note(_ digest: DigestAlgorithm) throws(ArchiveFailure) {
        let part = Self.digestName + ".part"
        let file = try make(part, replacing: true)
        defer { close(file) }
        let bytes = Array((digest.rawValue + "\n").utf8)
        let code = bytes.withUnsafeBytes { FileCalls.system.writeAll(file, $0, at: 0) }
        guard code == 0 else { throw .call("write", path: place(part), errno: code) }
        guard fsync(file) == 0 else { throw .call("fsync", path: place(part), errno: errno) }
        try rename(part, to: Self.digestName)
        try sync()
    }

    // MARK: Files

    func place(_ name: String) -> String { path + "/" + name }

    /// A new file, open to be written.
    func make(_ name: String, replacing: Bool = false) throws(ArchiveFailure) -> Int32 {
        let how = replacing ? O_TRUNC : O_EXCL
        let file = openat(descriptor, name, O_RDWR | O_CREAT | how | O_NOFOLLOW | O_CLOEXEC, mode_t(0o640))
        guard file >= 0 else { throw .making("open", place(name), in: path, errno: errno) }
        return file
    }

    func open(_ name: String) throws(ArchiveFailure) -> Int32 {
        let file = openat(descriptor, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw .call("open", path: place(name), errno: errno) }
        return file
    }

    func has(_ name: String) -> Bool { faccessat(descriptor, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 }

    func rename(_ name: String, to new: String) throws(ArchiveFailure) {
        guard renameat(descriptor, name, descriptor, new) == 0 else {
            throw .call("rename", path: place(name), errno: errno)
        }
    }

    func remove(_ name: String) throws(ArchiveFailure) {
        guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else {
            throw .call("unlink", path: place(name), errno: errno)
        }
    }

    /// Names that were made, changed or removed are on the disk.
    func sync() throws(ArchiveFailure) {
        guard calls.syncFolder(descriptor) == 0 else { throw .call("fsync", path: path, errno: errno) }
    }

    /// In order of names.
    func openNames() throws(ArchiveFailure) -> [String] {
        guard let stream = opendir(path) else { throw .call("opendir", path: path, errno: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(ArchiveName.openSuffix) { names.append(name) }
        }
        return names.sorted()
    }
}
