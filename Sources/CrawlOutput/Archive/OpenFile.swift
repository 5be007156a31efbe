internal import CrawlCore
internal import Glibc

/// The file that is written. What is appended is gathered, and goes to the disk in large pieces.
final class OpenFile {
    let name: ArchiveName
    let path: String
    let begun: Instant
    private let descriptor: Int32
    private let calls: FileCalls
    /// Bytes that the file holds.
    private var written: Int64 = 0
    private var gathered: [UInt8] = []
    /// Up to here it is on the disk; a record ends here.
    private(set) var synced: Int64 = 0
    private(set) var hasFailedToSync = false

    private static let gatheredBytes = 1 << 20

    /// `descriptor`: becomes its own.
    init(_ descriptor: Int32, _ name: ArchiveName, path: String, at now: Instant, calls: FileCalls) {
        self.descriptor = descriptor
        self.name = name
        self.path = path
        self.calls = calls
        begun = now
    }

    deinit { close(descriptor) }

    /// Where the next record begins.
    var end: Int64 { written + Int64(gathered.count) }

    func append(_ bytes: [UInt8]) throws(ArchiveFailure) {
        if gathered.count + bytes.count > Self.gatheredBytes { try flush() }
        guard bytes.count <= Self.gatheredBytes else { return try write(bytes) }
        gathered += bytes
    }

    func append(_ file: SpoolFile) throws(ArchiveFailure) {
        try flush()
        var refused: ArchiveFailure?
        do throws(SpoolFailure) {
            try file.read { bytes throws(SpoolFailure) in
                do throws(ArchiveFailure) {
                    try write(bytes)
                } catch {
                    refused = error
                    throw SpoolFailure(.io, path)
                }
            }
        } catch {
            throw refused ?? .spool(error)
        }
    }

    func sync() throws(ArchiveFailure) {
        guard end > synced else { return }
        try flush()
        guard calls.sync(descriptor) == 0 else {
            hasFailedToSync = true
            throw .call("fdatasync", path: path, errno: errno)
        }
        synced = written
    }

    /// Takes back what was appended since the last sync. False = it is still there, and nothing may follow it.
    func cutBack() -> Bool {
        gathered.removeAll()
        guard calls.cut(descriptor, synced) == 0 else { return false }
        written = synced
        return true
    }

    private func flush() throws(ArchiveFailure) {
        guard !gathered.isEmpty else { return }
        try write(gathered)
        gathered.removeAll(keepingCapacity: true)
    }

    private func write(_ bytes: [UInt8]) throws(ArchiveFailure) {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(ArchiveFailure) in try write(bytes) }
        }
        try result.get()
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveFailure) {
        let code = calls.writeAll(descriptor, bytes, at: written)
        guard code == 0 else { throw .call("write", path: path, errno: code) }
        written += Int64(bytes.count)
    }
}
