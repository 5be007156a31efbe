import Glibc

extension ControlSocket {
    /// Throws what `open` would throw, as far as it can be known without making anything.
    static func check(path: String, group: String) throws(ControlSocketError) {
        let address = try UnixAddress(path: path)
        let groupID = try groupID(group)
        _ = try isTaken(path, address)
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard access(folder, W_OK | X_OK) == 0 else { throw failure("bind", path) }
        guard let groupID, !mayGive(to: groupID) else { return }
        throw ControlSocketError(
            .failed, "\(path): control.group: this user is no member of \(group), so that it cannot give it the socket")
    }

    private static func mayGive(to group: gid_t) -> Bool {
        if geteuid() == 0 || getegid() == group { return true }
        var groups = [gid_t](repeating: 0, count: Int(max(0, getgroups(0, nil))))
        let count = getgroups(Int32(groups.count), &groups)
        return groups.prefix(Int(max(0, count))).contains(group)
    }

    /// Something dead is at the path; false = nothing is. Throws if it lives, or is no socket.
    static func isTaken(_ path: String, _ address: UnixAddress) throws(ControlSocketError) -> Bool {
        var info = stat()
        guard lstat(path, &info) == 0 else {
            if errno == ENOENT { return false }
            throw failure("stat", path)
        }
        guard info.st_mode & S_IFMT == S_IFSOCK else {
            throw ControlSocketError(.notASocket, "\(path): exists and is no socket; it is left alone")
        }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw failure("socket", path) }
        defer { _ = Glibc.close(probe) }
        if address.connect(probe) == 0 || errno == EAGAIN {
            throw ControlSocketError(.inUse, "\(path): another process is listening there")
        }
        guard errno == ECONNREFUSED else { throw failure("connect", path) }
        return true
    }
}
