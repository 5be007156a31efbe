internal import CrawlCore
internal import Glibc

/// A small file that is read again when it changes: its size, time and number are looked at, at most once a second.
struct WatchedFile {
    private struct Mark: Equatable {
        var size: Int
        var seconds: Int
        var nanoseconds: Int
        var number: UInt
        var device: UInt
    }

    static let pause = Duration.seconds(1)

    let path: String
    private let mostBytes: Int
    private var mark: Mark?
    private var lookedAt: Instant?

    init(path: String, mostBytes: Int) {
        self.path = path
        self.mostBytes = mostBytes
    }

    /// Its bytes if it is new, or has changed; empty if it is gone; nil = as it was.
    mutating func change(_ now: Instant) -> [UInt8]? {
        if let lookedAt, now - lookedAt < Self.pause, now >= lookedAt { return nil }
        let isFirst = lookedAt == nil
        lookedAt = now
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        defer { if descriptor >= 0 { close(descriptor) } }
        let seen = descriptor >= 0 ? Self.mark(of: descriptor) : nil
        // A file that cannot be opened for want of a descriptor has not gone.
        if descriptor < 0, errno == EMFILE || errno == ENFILE { return nil }
        guard isFirst || seen != mark else { return nil }
        mark = seen
        return seen == nil ? [] : bytes(descriptor)
    }

    private static func mark(of descriptor: CInt) -> Mark? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        return Mark(
            size: Int(status.st_size), seconds: Int(status.st_mtim.tv_sec), nanoseconds: Int(status.st_mtim.tv_nsec),
            number: UInt(status.st_ino), device: UInt(status.st_dev))
    }

    private func bytes(_ descriptor: CInt) -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < mostBytes {
            let count = read(descriptor, &part, part.count)
            guard count > 0 else { break }
            bytes += part[..<count]
        }
        return bytes
    }
}
