import Dispatch
import Glibc
import Synchronization

/// The listening Unix socket: made by us, or passed in by the service manager. Whoever gets it closes the descriptor.
package final class ControlSocket: Sendable {
    package let descriptor: CInt
    /// Members may write; see `ControlRole`.
    package let group: UInt32
    /// Where we made it; nil = it was passed in, and is never unlinked.
    package let path: String?
    private let identity: FileIdentity?
    private let isUnlinked = Atomic(false)

    private struct FileIdentity: Hashable, Sendable {
        var device: UInt64
        var inode: UInt64
    }

    private init(descriptor: CInt, group: UInt32, path: String?, identity: FileIdentity?) {
        self.descriptor = descriptor
        self.group = group
        self.path = path
        self.identity = identity
    }

    /// Makes the socket. A dead one in its place is replaced; a living one, or anything else, is left alone.
    ///
    /// For the start, before other threads create files: it changes the process's umask for a moment.
    /// - Parameters:
    ///   - mode: permission bits, `0o660` by default.
    ///   - group: a group's name, or "" to keep the process's.
    package static func open(
        path: String, mode: UInt32 = 0o660, group: String = ""
    ) throws(ControlSocketError) -> ControlSocket {
        let address = try UnixAddress(path: path)
        let groupID = try Self.groupID(group)
        try clear(path, address)
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw failure("socket", path) }
        do throws(ControlSocketError) {
            let mask = umask(0o777)
            let bound = address.bind(descriptor)
            let code = errno
            umask(mask)
            guard bound == 0 else {
                errno = code
                throw failure("bind", path)
            }
            if let groupID, chown(path, uid_t.max, groupID) != 0 { throw failure("chown", path) }
            guard chmod(path, mode) == 0 else { throw failure("chmod", path) }
            guard listen(descriptor, SOMAXCONN) == 0 else { throw failure("listen", path) }
            var info = stat()
            guard lstat(path, &info) == 0 else { throw failure("stat", path) }
            return ControlSocket(
                descriptor: descriptor, group: info.st_gid, path: path,
                identity: FileIdentity(device: UInt64(info.st_dev), inode: UInt64(info.st_ino)))
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
    }

    /// The same socket for another server, which closes its descriptor and leaves the path alone: who connects between two
    /// servers waits for the second.
    func shared() throws(ControlSocketError) -> ControlSocket {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw Self.failure("dup", path ?? "the control socket") }
        return ControlSocket(descriptor: copy, group: group, path: nil, identity: nil)
    }

    /// Takes a socket that somebody else made and listens on. Its group is that of its file, or the process's if it
    /// has none.
    package static func inherited(_ descriptor: CInt) throws(ControlSocketError) -> ControlSocket {
        func option(_ name: Int32) -> Int32? {
            var value: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
        }
        guard option(SO_DOMAIN) == AF_UNIX, option(SO_TYPE) == Int32(SOCK_STREAM.rawValue), option(SO_ACCEPTCONN) == 1
        else {
            throw ControlSocketError(
                .unusableDescriptor, "descriptor \(descriptor) is no listening Unix stream socket")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var info = stat()
        let path = UnixAddress.path(of: descriptor)
        let group = path.flatMap { lstat($0, &info) == 0 ? info.st_gid : nil } ?? getegid()
        return ControlSocket(descriptor: descriptor, group: group, path: nil, identity: nil)
    }

    /// Removes the file if it is still the one that we made; only the first call does anything. For before the
    /// descriptor is closed: after that, another socket may have its inode.
    package func unlink() {
        guard !isUnlinked.exchange(true, ordering: .relaxed) else { return }
        var info = stat()
        guard let path, let identity, lstat(path, &info) == 0,
            FileIdentity(device: UInt64(info.st_dev), inode: UInt64(info.st_ino)) == identity
        else { return }
        _ = Glibc.unlink(path)
    }

    private static func clear(_ path: String, _ address: UnixAddress) throws(ControlSocketError) {
        guard try isTaken(path, address), Glibc.unlink(path) != 0, errno != ENOENT else { return }
        throw failure("unlink", path)
    }

    static func groupID(_ name: String) throws(ControlSocketError) -> gid_t? {
        guard !name.isEmpty else { return nil }
        guard let entry = getgrnam(name) else {
            throw ControlSocketError(
                .unknownGroup,
                "control.group: \(name): no such group: make it (systemd-sysusers, or groupadd --system \(name)), or set "
                    + "control.group to one that there is, or to \"\" for the process's own")
        }
        return entry.pointee.gr_gid
    }

    static func failure(_ call: String, _ path: String) -> ControlSocketError {
        let text = String(cString: strerror(errno))
        return ControlSocketError(.failed, "\(path): \(call): \(text)")
    }
}
