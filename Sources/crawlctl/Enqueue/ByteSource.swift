import Glibc

/// Bytes from the command line, a file or standard input, never more than a piece in memory.
final class ByteSource {
    private var pending: [UInt8]
    private var descriptor: Int32?
    private let name: String
    /// Nothing was read yet: a byte-order mark may come first. Editors write one, and it is part of no URL or object.
    private var isAtStart = true

    /// The URLs given as arguments, one a line.
    convenience init(urls: [String]) { self.init(bytes: Array(urls.map { $0 + "\n" }.joined().utf8)) }

    /// What the command line was turned into.
    init(bytes: [UInt8]) {
        pending = bytes
        name = "the command line"
    }

    /// `-` is standard input.
    init(path: String) throws(CtlFailure) {
        pending = []
        name = path == "-" ? "standard input" : path
        guard path != "-" else {
            descriptor = STDIN_FILENO
            return
        }
        let opened = open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else {
            throw CtlFailure(.io, "\(path): \(String(cString: strerror(errno)))")
        }
        descriptor = opened
    }

    deinit {
        if let descriptor, descriptor != STDIN_FILENO { close(descriptor) }
    }

    /// At most `max` bytes; empty at the end only.
    func read(_ max: Int) throws(CtlFailure) -> [UInt8] {
        if !pending.isEmpty {
            let part = Array(pending.prefix(max))
            pending.removeFirst(part.count)
            return part
        }
        return try readDescriptor(max)
    }

    /// The first byte that is no white space, without taking it; nil when there is none in the first 64 KiB.
    func firstSignificantByte() throws(CtlFailure) -> UInt8? {
        while pending.count < 64 << 10 {
            if let found = pending.first(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }) { return found }
            let more = try readDescriptor(4096)
            guard !more.isEmpty else { return nil }
            pending += more
        }
        return pending.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
    }

    private func readDescriptor(_ max: Int) throws(CtlFailure) -> [UInt8] {
        guard isAtStart else { return try readRaw(max) }
        isAtStart = false
        var head = try readRaw(max)
        // A pipe may give it byte by byte.
        while head.count < Self.mark.count, !head.isEmpty, Self.mark.starts(with: head) {
            let more = try readRaw(Self.mark.count - head.count)
            guard !more.isEmpty else { return head }
            head += more
        }
        guard head.starts(with: Self.mark) else { return head }
        head.removeFirst(Self.mark.count)
        return head.isEmpty ? try readRaw(max) : head
    }

    /// U+FEFF as UTF-8.
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private func readRaw(_ max: Int) throws(CtlFailure) -> [UInt8] {
        guard let descriptor else { return [] }
        while true {
            var buffer = [UInt8](repeating: 0, count: max)
            let count = Glibc.read(descriptor, &buffer, max)
            if count >= 0 { return Array(buffer.prefix(count)) }
            guard errno == EINTR else { throw CtlFailure(.io, "\(name): \(String(cString: strerror(errno)))") }
        }
    }
}
