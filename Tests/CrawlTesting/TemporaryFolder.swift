import Foundation

/// A folder of a test's own, gone when the value is.
package final class TemporaryFolder: Sendable {
    package let path: String

    /// `inMemory`: on the tmpfs at /dev/shm, if there is one; for runs whose commits need not reach a disk.
    package init(inMemory: Bool = false) throws {
        let isTmpfs = inMemory && FileManager.default.isWritableFile(atPath: "/dev/shm")
        path = (isTmpfs ? "/dev/shm/" : NSTemporaryDirectory()) + "crawld-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    package func file(_ name: String) -> String { path + "/" + name }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
