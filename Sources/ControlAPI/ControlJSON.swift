package import FoundationEssentials

/// JSON as the control socket writes and reads it: keys in alphabetical order, slashes as they are, no line breaks, so
/// that one message is one NDJSON line.
package enum ControlJSON {
    package static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    package static func decode<T: Decodable>(_ type: T.Type, from bytes: some Sequence<UInt8>) throws -> T {
        try JSONDecoder().decode(type, from: Data(bytes))
    }
}
