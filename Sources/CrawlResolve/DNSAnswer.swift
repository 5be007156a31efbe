internal import CrawlCore

/// What one answer of one server says of one family, or of a control question.
struct DNSAnswer: Sendable, Hashable {
    enum Kind: UInt8, Sendable, Hashable {
        case addresses
        /// NXDOMAIN.
        case noName
        /// NODATA.
        case noAddress
        /// A code that is no answer, other than REFUSED.
        case serverFailure
        case refused
        /// It cannot be read, is an answer to something else, or leads nowhere.
        case garbled
    }

    var kind: Kind
    /// In the server's order, each once; only of `addresses`.
    var addresses: [IPAddress] = []
    /// In seconds; nil = it does not say for how long.
    var ttl: UInt32?

    init(_ kind: Kind, addresses: [IPAddress] = [], ttl: UInt32? = nil) {
        self.kind = kind
        self.addresses = addresses
        self.ttl = ttl
    }

    /// It says something of the name; the others only say something of a server.
    var isFinding: Bool { kind.rawValue <= Kind.noAddress.rawValue }
}
