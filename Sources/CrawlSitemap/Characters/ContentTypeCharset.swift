/// The `charset` of a Content-Type (RFC 9110 §8.3.1): `text/xml; charset="utf-8"`.
enum ContentTypeCharset {
    /// nil = none is given, or none that we know. The first of several counts (mimesniff.spec.whatwg.org, "parse a MIME
    /// type"); single quotes around it, which are no part of the grammar, are met and taken away.
    static func encoding(of contentType: String) -> CharacterEncoding? {
        var rest = Array(contentType.utf8)[...]
        rest = rest.drop { $0 != UInt8(ascii: ";") }
        while !rest.isEmpty {
            rest = rest.dropFirst()
            let name = rest.prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") }
            rest = rest.dropFirst(name.count)
            guard rest.first == UInt8(ascii: "=") else { continue }
            let value = value(&rest)
            if String(decoding: Blanks.trimmed(Array(name)), as: UTF8.self).lowercased() == "charset" {
                return CharacterEncoding(label: value.filter { $0 != UInt8(ascii: "'") })
            }
        }
        return nil
    }

    /// Leaves `rest` at the `;` behind it.
    private static func value(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
        rest = rest.dropFirst().drop { Blanks.isBlank($0) }
        var value: [UInt8] = []
        if rest.first == UInt8(ascii: "\"") {
            rest = rest.dropFirst()
            while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
                // A quoted pair (RFC 9110 §5.6.4).
                if byte == UInt8(ascii: "\\"), let quoted = rest.popFirst() {
                    value.append(quoted)
                } else {
                    value.append(byte)
                }
            }
            rest = rest.drop { $0 != UInt8(ascii: ";") }
        } else {
            value = Array(rest.prefix { $0 != UInt8(ascii: ";") })
            rest = rest.dropFirst(value.count)
        }
        return value
    }
}
