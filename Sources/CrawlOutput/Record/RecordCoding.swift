/// How the records of an archive are stored.
package enum RecordCoding: Sendable, Hashable {
    /// As they are, `.warc`.
    case plain
    /// Each a gzip member (RFC 1952), `.warc.gz`. `level`: 1 to 12 as libdeflate counts; what is outside is clamped.
    case gzip(level: Int)

    package var suffix: String {
        switch self {
        case .plain: ".warc"
        case .gzip: ".warc.gz"
        }
    }
}
