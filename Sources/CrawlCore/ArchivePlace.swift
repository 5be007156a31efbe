/// Where a record is in a WARC archive.
package struct ArchivePlace: Sendable, Hashable {
    /// The file's final name; while it is written, `.open` stands behind it.
    package var file: String
    /// Bytes before the record, as they are in the file.
    package var offset: Int64
    /// Bytes of the record: its gzip member, or itself with the blank lines that end it.
    package var length: Int64

    package init(file: String, offset: Int64, length: Int64) {
        self.file = file
        self.offset = offset
        self.length = length
    }

    package var end: Int64 { offset + length }
}
