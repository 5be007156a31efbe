/// What the bench reads of a daemon's status: an earlier daemon knows less of it than this one.
struct DaemonStatus: Decodable {
    /// Count by state.
    var urls: [String: Int]
    /// Count by outcome since the start.
    var fetches: [String: Int]
    var walBytes: Int64
    var databaseBytes: Int64

    private enum CodingKeys: String, CodingKey {
        case urls, fetches
        case walBytes = "wal_bytes"
        case databaseBytes = "database_bytes"
    }
}
