/// Reads JSON where it lies, strictly by RFC 8259: no trailing commas, no comments, no control characters in strings,
/// valid UTF-8, paired surrogates, at most `maxDepth` levels. It allocates nothing unless it is asked to.
struct JSONScanner {
    struct Fault: Error, Hashable {
        /// Of the byte at which reading stopped.
        var offset: Int
        var reason: String
    }

    enum Kind {
        case object, array, string, number, bool, null
    }

    /// The inside of a string's quotes.
    struct Text: Hashable {
        var start: Int
        var end: Int
        /// No escapes: the bytes are the text.
        var isPlain: Bool
    }

    struct Number: Hashable {
        var start: Int
        var end: Int
        /// Neither fraction nor exponent.
        var isInteger: Bool
    }

    static let maxDepth = 32

    let bytes: UnsafeBufferPointer<UInt8>
    /// Of the next byte to read.
    var offset: Int
    private var depth = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    func fault(_ reason: String) -> Fault { Fault(offset: offset, reason: reason) }

    private mutating func skipBlanks() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    /// What the next value is, by its first byte.
    mutating func kind() throws(Fault) -> Kind {
        skipBlanks()
        guard offset < bytes.count else { throw fault("a value is missing") }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        default: throw fault("no JSON value")
        }
    }

    /// Only blanks may be left.
    mutating func end() throws(Fault) {
        skipBlanks()
        if offset < bytes.count { throw fault("more after the value") }
    }

    // MARK: Objects and arrays

    mutating func beginObject() throws(Fault) {
        skipBlanks()
        guard take(UInt8(ascii: "{")) else { throw fault("no object") }
        try descend()
    }

    /// The key of the next field, with its value next to be read; nil at the end of the object.
    mutating func nextKey(first: Bool) throws(Fault) -> Text? {
        skipBlanks()
        if take(UInt8(ascii: "}")) {
            depth -= 1
            return nil
        }
        if !first {
            guard take(UInt8(ascii: ",")) else { throw fault("no comma between two fields") }
            skipBlanks()
        }
        let key = try string()
        skipBlanks()
        guard take(UInt8(ascii: ":")) else { throw fault("no colon after a key") }
        return key
    }

    mutating func beginArray() throws(Fault) {
        skipBlanks()
        guard take(UInt8(ascii: "[")) else { throw fault("no array") }
        try descend()
    }

    /// Whether there is a further element, which is then next to be read.
    mutating func nextElement(first: Bool) throws(Fault) -> Bool {
        skipBlanks()
        if take(UInt8(ascii: "]")) {
            depth -= 1
            return false
        }
        if first { return true }
        guard take(UInt8(ascii: ",")) else { throw fault("no comma between two elements") }
        skipBlanks()
        return true
    }

    private mutating func descend() throws(Fault) {
        depth += 1
        if depth > Self.maxDepth { throw fault("more than \(Self.maxDepth) levels") }
    }

    /// Checks the next value and passes it. `uniqueKeys`: also that no object in it has a key twice.
    mutating func skip(uniqueKeys: Bool = false) throws(Fault) {
        switch try kind() {
        case .string: _ = try string()
        case .number: _ = try number()
        case .bool: _ = try bool()
        case .null: try null()
        case .array:
            try beginArray()
            var first = true
            while try nextElement(first: first) {
                first = false
                try skip(uniqueKeys: uniqueKeys)
            }
        case .object:
            try beginObject()
            var keys: Set<[UInt8]> = []
            var first = true
            while let key = try nextKey(first: first) {
                first = false
                if uniqueKeys, !keys.insert(decode(key)).inserted { throw fault("a key twice") }
                try skip(uniqueKeys: uniqueKeys)
            }
        }
    }

    // MARK: Single values

    mutating func bool() throws(Fault) -> Bool {
        if takeWord("true") { return true }
        if takeWord("false") { return false }
        throw fault("no JSON value")
    }

    mutating func null() throws(Fault) {
        guard takeWord("null") else { throw fault("no JSON value") }
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard offset + count <= bytes.count else { return false }
        for i in 0..<count where bytes[offset + i] != word.utf8Start[i] { return false }
        offset += count
        return true
    }

    mutating func number() throws(Fault) -> Number {
        let start = offset
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")), !takeDigits() { throw fault("no digit in a number") }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            if !takeDigits() { throw fault("no digit after the point") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            if !takeDigits() { throw fault("no digit in an exponent") }
        }
        if offset < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset]) {
            throw fault("a number that begins with 0")
        }
        return Number(start: start, end: offset, isInteger: isInteger)
    }

    private mutating func takeDigits() -> Bool {
        let start = offset
        while offset < bytes.count, bytes[offset] &- UInt8(ascii: "0") < 10 { offset += 1 }
        return offset > start
    }

    mutating func string() throws(Fault) -> Text {
        guard take(UInt8(ascii: "\"")) else { throw fault("no string") }
        let start = offset
        var isPlain = true
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                offset += 1
                return Text(start: start, end: offset - 1, isPlain: isPlain)
            } else if byte == UInt8(ascii: "\\") {
                isPlain = false
                try skipEscape()
            } else if byte < 0x20 {
                throw fault("a control character in a string")
            } else if byte < 0x80 {
                offset += 1
            } else {
                let length = UTF8Check.length(bytes, at: offset)
                if length == 0 { throw fault("invalid UTF-8") }
                offset += length
            }
        }
        throw fault("a string without an end")
    }

    private mutating func skipEscape() throws(Fault) {
        guard offset + 1 < bytes.count else { throw fault("a string without an end") }
        switch bytes[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 2
        case UInt8(ascii: "u"):
            guard let unit = unit(at: offset) else { throw fault("no four hex digits after \\u") }
            switch unit {
            case 0xD800...0xDBFF:
                guard let low = self.unit(at: offset + 6), (0xDC00...0xDFFF).contains(low) else {
                    throw fault("half a surrogate pair")
                }
                offset += 12
            case 0xDC00...0xDFFF:
                throw fault("half a surrogate pair")
            default:
                offset += 6
            }
        default:
            throw fault("an unknown escape")
        }
    }

    /// The value of `\uXXXX` at `i`.
    private func unit(at i: Int) -> UInt32? {
        guard i + 6 <= bytes.count, bytes[i] == UInt8(ascii: "\\"), bytes[i + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var value: UInt32 = 0
        for j in (i + 2)..<(i + 6) {
            switch bytes[j] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(bytes[j] - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(bytes[j] - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(bytes[j] - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return value
    }

    // MARK: Text

    func slice(_ text: Text) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[text.start..<text.end])
    }

    /// The text's bytes with the escapes resolved. `text` is one that `string` gave.
    func decode(_ text: Text) -> [UInt8] {
        if text.isPlain { return Array(slice(text)) }
        var result: [UInt8] = []
        result.reserveCapacity(text.end - text.start)
        var i = text.start
        while i < text.end {
            guard bytes[i] == UInt8(ascii: "\\"), i + 1 < text.end else {
                result.append(bytes[i])
                i += 1
                continue
            }
            switch bytes[i + 1] {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                i += appendUnit(at: i, to: &result)
                continue
            default: result.append(bytes[i + 1])
            }
            i += 2
        }
        return result
    }

    /// Returns how many bytes the escape took.
    private func appendUnit(at i: Int, to result: inout [UInt8]) -> Int {
        var value = unit(at: i) ?? 0xFFFD
        var length = 6
        if (0xD800...0xDBFF).contains(value), let low = unit(at: i + 6), (0xDC00...0xDFFF).contains(low) {
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            length = 12
        }
        let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
        result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        return length
    }
}
