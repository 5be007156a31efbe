/// The members of a JSON object at its top level, as far as the bytes go: a body's head is cut where it is cut, which no
/// JSON parser forgives. What is no object gives nothing; the first fault or the end of the bytes ends it, and what stood
/// before counts.
enum FlatJSON {
    /// Numbers, `true`, `false` and `null` as they stand, strings without their quotes. Strings with an escape in them,
    /// objects and arrays are left out, and a value that reaches the end of the bytes: it may go on.
    static func members(_ bytes: ArraySlice<UInt8>) -> [(key: String, value: String)] {
        var scanner = Scanner(bytes: bytes)
        var members: [(key: String, value: String)] = []
        guard scanner.take(UInt8(ascii: "{")) else { return members }
        while case .string(let key)? = scanner.value(), scanner.take(UInt8(ascii: ":")), let value = scanner.value() {
            switch value {
            case .string(let text?), .literal(let text): if let key { members.append((key, text)) }
            case .string(nil), .nested: break
            }
            guard scanner.take(UInt8(ascii: ",")) else { break }
        }
        return members
    }

    private enum Value {
        /// nil = it has escapes, or is no UTF-8.
        case string(String?)
        case literal(String)
        case nested
    }

    private struct Scanner {
        var bytes: ArraySlice<UInt8>

        /// The next byte that is no blank is `wanted`, and is passed.
        mutating func take(_ wanted: UInt8) -> Bool {
            skipBlanks()
            guard bytes.first == wanted else { return false }
            bytes.removeFirst()
            return true
        }

        /// nil = there is none that is whole.
        mutating func value() -> Value? {
            skipBlanks()
            switch bytes.first {
            case UInt8(ascii: "\"")?: return string()
            case UInt8(ascii: "{")?, UInt8(ascii: "[")?: return nested()
            case nil: return nil
            default: return literal()
            }
        }

        private mutating func skipBlanks() {
            bytes = bytes.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        }

        private mutating func string() -> Value? {
            bytes.removeFirst()
            guard let end = stringEnd() else { return nil }
            let text = bytes[..<end]
            bytes = bytes[(end + 1)...]
            guard !text.contains(UInt8(ascii: "\\")) else { return .string(nil) }
            return .string(String(validating: text, as: UTF8.self))
        }

        /// The closing quote of the string that has begun.
        private func stringEnd() -> Int? {
            var isEscaped = false
            for (index, byte) in zip(bytes.indices, bytes) {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    return index
                }
            }
            return nil
        }

        private mutating func nested() -> Value? {
            var depth = 0
            while let byte = bytes.popFirst() {
                switch byte {
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                case UInt8(ascii: "\""):
                    guard let end = stringEnd() else { return nil }
                    bytes = bytes[(end + 1)...]
                default: break
                }
                if depth == 0 { return .nested }
            }
            return nil
        }

        private mutating func literal() -> Value? {
            let text = bytes.prefix { byte in
                byte > 0x20 && byte != UInt8(ascii: ",") && byte != UInt8(ascii: "}") && byte != UInt8(ascii: "]")
            }
            guard !text.isEmpty, text.endIndex < bytes.endIndex else { return nil }
            bytes = bytes[text.endIndex...]
            return String(validating: text, as: UTF8.self).map(Value.literal)
        }
    }
}
