/// Whether the disk of an archive takes more. Any thread may ask.
package struct ArchiveRoom: Sendable {
    package let folder: String
    let minFree: Int64
    let calls: FileCalls

    /// So much more than `min_free` has to be there before fetching goes on: else it would stop again with the first page.
    private static let slack: Int64 = 8 << 20

    /// A disk that cannot be asked is no full one: writing will tell.
    package var isLacking: Bool {
        calls.freeBytes(folder).map { $0 - Self.slack < minFree } ?? false
    }
}
