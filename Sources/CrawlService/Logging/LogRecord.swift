import Logging

/// One statement on its way to a format: values only, so that the caller is gone before anything is formatted.
struct LogRecord: Sendable {
    /// Wall clock, ms since 1970.
    var ms: Int64
    var level: Logger.Level
    var message: String

    struct Value: Sendable, Hashable {
        var text: String
        /// A number or a truth value: JSON writes it as it is.
        var isBare = false

        init(_ value: Logger.MetadataValue) {
            text = value.description
            if case .stringConvertible(let given) = value { isBare = given is any BinaryInteger || given is Bool }
        }
    }

    /// In the order in which they are written: those of `firstKeys` as there, then the others by key.
    var fields: [(key: String, value: Value)]

    /// 32 hex digits from the metadata key `message_id`: what the journal's catalog knows the event by.
    var messageID: String?

    /// The metadata key whose value becomes `messageID` instead of a field.
    static let messageIDKey = "message_id"

    /// What an alert's line begins with, so that people and `cut` find the same thing at the same place.
    static let firstKeys = [
        "url", "origin", "consumer", "cause", "incident", "first_at", "last_at", "observations", "grade", "cf_ray",
        "how",
        "scope", "urls_affected", "outcomes", "sample", "requests_spent", "relapses", "previous",
    ]
    private static let ranks = Dictionary(uniqueKeysWithValues: firstKeys.enumerated().map { ($1, $0) })

    init(ms: Int64, level: Logger.Level, message: String, metadata: Logger.Metadata) {
        self.ms = ms
        self.level = level
        self.message = message
        fields = metadata.filter { $0.key != Self.messageIDKey }
            .map { (key: $0.key, value: Value($0.value)) }
            .sorted { a, b in
                let (left, right) = (Self.ranks[a.key] ?? .max, Self.ranks[b.key] ?? .max)
                return left == right ? a.key < b.key : left < right
            }
        messageID = metadata[Self.messageIDKey].map(\.description).flatMap { id in
            id.utf8.count == 32 && id.allSatisfy(\.isHexDigit) ? id.lowercased() : nil
        }
    }
}
