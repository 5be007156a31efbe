/// What a `ScriptedNameServer` was asked (RFC 1035 §4.1.2).
package struct ServedQuestion: Sendable, Hashable {
    package static let a: UInt16 = 1
    package static let soa: UInt16 = 6
    package static let aaaa: UInt16 = 28

    package var id: UInt16
    /// Without a dot at its end, in lower case; bytes that are no ASCII as they came.
    package var name: String
    package var type: UInt16
    package var isTCP: Bool
    /// The bytes of the question: name, type, class.
    let bytes: [UInt8]

    package var isIPv6: Bool { type == Self.aaaa }

    /// nil = not a query with one question, its name uncompressed.
    package init?(_ message: UnsafeRawBufferPointer, isTCP: Bool) {
        guard message.count > 16, message[2] & 0xF8 == 0, message[4] == 0, message[5] == 1 else { return nil }
        var end = 12
        while end < message.count, message[end] > 0 {
            guard message[end] < 64 else { return nil }
            end += 1 + Int(message[end])
        }
        guard end + 4 < message.count else { return nil }
        id = UInt16(message[0]) << 8 | UInt16(message[1])
        type = UInt16(message[end + 1]) << 8 | UInt16(message[end + 2])
        name = Self.text(message, to: end)
        bytes = Array(message[12...(end + 4)])
        self.isTCP = isTCP
    }

    /// nil = the bytes are no query.
    package init?(_ message: [UInt8], isTCP: Bool) {
        guard let question = message.withUnsafeBytes({ ServedQuestion($0, isTCP: isTCP) }) else { return nil }
        self = question
    }

    private static func text(_ message: UnsafeRawBufferPointer, to end: Int) -> String {
        guard end > 12 else { return "" }
        return String(unsafeUninitializedCapacity: end - 13) { text in
            var (next, count) = (12, 0)
            for i in 12..<end {
                if i == next {
                    next += 1 + Int(message[i])
                    if i == 12 { continue }
                    text[count] = UInt8(ascii: ".")
                } else {
                    let byte = message[i]
                    text[count] = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
                }
                count += 1
            }
            return count
        }
    }
}
