internal import Glibc

/// Whole small files, those of /proc too.
package enum FileBytes {
    /// nil if it cannot be read.
    package static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = Glibc.read(descriptor, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        return bytes
    }

    package static func text(_ path: String) -> String? { read(path).map { String(decoding: $0, as: UTF8.self) } }
}
