/// Why we ended a connection that did harm to all others. Raw values are stored with evidence and are what users see.
///
/// Its requests are `truncated` if a head was whole, else 520 `direct`; `inconclusive` if a proxy had not connected yet.
package enum ConnectionEnd: String, Sendable, Hashable {
    /// libcurl took bytes from it and neither gave us any nor returned.
    case stalledInParser = "stalled-in-parser"
    /// Far more bytes came over it than were answers.
    case overhead
}

extension FetchResult {
    /// nil = we did not.
    package var connectionEnd: ConnectionEnd? {
        if flags.contains(.stalledInParser) { return .stalledInParser }
        return flags.contains(.overhead) ? .overhead : nil
    }
}
