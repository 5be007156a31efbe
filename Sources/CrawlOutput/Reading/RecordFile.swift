internal import Glibc

/// A file of an archive, open for reading. One that moves away meanwhile is read on.
final class RecordFile {
    let path: String
    let isGzip: Bool
    private let descriptor: Int32

    /// `name`: its final name. A name that is none of an archive's leads to no file, whoever has written it into a database.
    init(folder: String, name: String) throws(ReadFailure) {
        guard let parsed = ArchiveName(name), parsed.text == name, !name.utf8.contains(UInt8(ascii: "/")),
            !name.utf8.contains(0), !folder.isEmpty, !folder.utf8.contains(0)
        else { throw .noPlace("\(folder)/\(name)") }
        let final = folder + "/" + name
        isGzip = parsed.isGzip
        // It may get its final name between the first two looks.
        for path in [final, folder + "/" + parsed.open, final] {
            guard let descriptor = try Self.open(path) else { continue }
            self.path = path
            self.descriptor = descriptor
            return
        }
        throw .gone(path: final)
    }

    deinit { close(descriptor) }

    /// nil = there is none.
    private static func open(_ path: String) throws(ReadFailure) -> Int32? {
        // What is no file may not hold its reader up.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw .call("open", path: path, errno: errno) }
            return nil
        }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .noPlace(path)
        }
        return descriptor
    }

    /// How many bytes were read, fewer only at the file's end.
    func read(into room: UnsafeMutableRawBufferPointer, at offset: Int64) throws(ReadFailure) -> Int {
        var done = 0
        while done < room.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: room[done...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + Int64(done)))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .call("read", path: path, errno: errno) }
            guard count > 0 else { break }
            done += count
        }
        return done
    }
}
