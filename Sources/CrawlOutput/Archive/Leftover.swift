internal import CrawlCore
internal import Glibc

/// What became of a file that a process before had not closed.
package struct Leftover: Sendable, Hashable {
    package enum Fate: Sendable, Hashable {
        /// Whole, or cut back to its last whole record; it has its final name.
        case closed
        /// It held no exchange.
        case removed
        /// Not even what somebody knows of is whole: it stays as it is, `.open` and all. Records of it are lost: an alert.
        case left
    }

    /// Its final name.
    package var file: String
    package var fate: Fate
    /// Bytes cut off.
    package var cut: Int64 = 0
}

/// Brings the files in order that a process before had not closed: behind a torn record nothing may ever be written,
/// because no reader gets past it.
struct LeftoverWork {
    let folder: ArchiveFolder
    let host: String
    /// The last record of a file, by its final name, that the database tells of; nil = of none.
    let known: (String) -> ArchivePlace?

    func run() throws(ArchiveFailure) -> [Leftover] {
        var leftovers: [Leftover] = []
        for found in try folder.openNames() {
            guard let name = ArchiveName(found) else { throw .foreign(path: folder.place(found)) }
            leftovers.append(try settle(name))
        }
        if !leftovers.isEmpty { try folder.sync() }
        return leftovers
    }

    private func settle(_ name: ArchiveName) throws(ArchiveFailure) -> Leftover {
        let path = folder.place(name.open)
        let file = try folder.open(name.open)
        defer { close(file) }
        var info = stat()
        guard fstat(file, &info) == 0 else { throw .call("stat", path: path, errno: errno) }
        guard info.st_mode & S_IFMT == S_IFREG else { throw .foreign(path: path) }
        let size = Int64(info.st_size)
        let walk = RecordWalk(file, path: path, isGzip: name.isGzip)
        let known = known(name.text)
        if known == nil {
            guard try isOurs(name, walk, size: size) else { throw .foreign(path: path) }
        }

        var end: Int64 = 0
        if let known {
            // What was synced before it was recorded is whole if its last record is.
            guard known.offset >= 0, try walk.end(ofRecordAt: known.offset) == known.end else {
                return Leftover(file: name.text, fate: .left)
            }
            end = known.end
        }
        var records = known == nil ? 0 : 2
        while let next = try walk.end(ofRecordAt: end) {
            end = next
            records += 1
        }
        // The first is a `warcinfo`.
        guard records > 1 else {
            try folder.remove(name.open)
            return Leftover(file: name.text, fate: .removed, cut: size)
        }
        if end < size {
            guard ftruncate(file, off_t(end)) == 0 else { throw .call("ftruncate", path: path, errno: errno) }
        }
        guard fsync(file) == 0 else { throw .call("fsync", path: path, errno: errno) }
        guard !folder.has(name.text) else { throw .call("rename", path: path, errno: EEXIST) }
        try folder.rename(name.open, to: name.text)
        return Leftover(file: name.text, fate: .closed, cut: size - end)
    }

    /// It begins as our files do. One that was torn before its first record was whole tells by its name only.
    private func isOurs(_ name: ArchiveName, _ walk: RecordWalk, size: Int64) throws(ArchiveFailure) -> Bool {
        guard try walk.end(ofRecordAt: 0) != nil else {
            return size == 0 || name.text.contains("-\(host).warc")
        }
        return walk.check.value(of: "WARC-Filename")?.elementsEqual(name.text.utf8) ?? false
    }
}
