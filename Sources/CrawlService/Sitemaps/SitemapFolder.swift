import CrawlCore
import Glibc

/// Where the bodies of sitemaps lie from their fetch until they are read: `<number of the URL>`, in a folder that is ours
/// alone.
struct SitemapFolder: Sendable {
    let path: String

    /// Makes the folder if it is missing (0700).
    init(path: String) throws(ServiceFailure) {
        self.path = path
        guard mkdir(path, 0o700) == 0 || errno == EEXIST, chmod(path, 0o700) == 0 else {
            throw ServiceFailure(.cannotCreate, path, errno: errno)
        }
    }

    func file(_ id: Int64) -> String { SitemapDocuments.path(id, in: path) }

    func remove(_ id: Int64) { unlink(file(id)) }

    /// Files that are named as a document's.
    var documents: Set<Int64> { Set(names.compactMap { Int64($0) }) }

    /// Takes everything away but the files of `documents`.
    func clear(except documents: Set<Int64>) {
        for name in names where !(Int64(name).map { documents.contains($0) } ?? false) { unlink(path + "/" + name) }
    }

    private var names: [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

/// A file that is read from its beginning to its end.
final class SitemapFile {
    struct Fault: Error {
        var code: Int32
    }

    private static let pieceBytes = 64 << 10

    private let descriptor: Int32

    /// nil if it cannot be opened.
    init?(_ path: String) {
        descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Empty at the end.
    func next() throws -> [UInt8] {
        while true {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, initialized in
                count = read(descriptor, buffer.baseAddress, buffer.count)
                initialized = max(0, count)
            }
            if count >= 0 { return bytes }
            guard errno == EINTR else { throw Fault(code: errno) }
        }
    }
}
