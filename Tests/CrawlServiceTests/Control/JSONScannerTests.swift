import Testing

@testable import CrawlService

struct JSONScannerTests {
    private func fault(_ bytes: [UInt8]) -> String? {
        bytes.withUnsafeBufferPointer { bytes -> String? in
            var scanner = JSONScanner(bytes)
            do throws(JSONScanner.Fault) {
                try scanner.skip(uniqueKeys: true)
                try scanner.end()
                return nil
            } catch {
                return error.reason
            }
        }
    }

    static let deep = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)

    @Test(arguments: [
        "{}", "[]", " {} ", "\t[\r\n]\n", "null", "true", "false", "0", "-0", "1", "-1", "12", "1.5", "0.0", "-0.1e+9",
        "1e5", "1E-5", "123456789012345678901234567890", "\"\"", "\"a\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u0041\"", "\"\\uD83D\\uDE00\"", "\"\\u0000\"", "\"é😀\"", "[1,2]", "[ 1 , 2 ]", "[[],[[]]]", "{\"a\":1}",
        "{ \"a\" : 1 , \"b\" : [ ] }", "{\"a\":{\"a\":{}}}", "[null,true,false,\"\"]", "{\"\":0}", "\"\u{7F}\"", deep,
        "{\"a\":1,\"A\":2}",
    ]) func valid(_ text: String) {
        #expect(fault(Array(text.utf8)) == nil)
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
        "{,}", "{a:1}", "{1:1}", "{'a':1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}", "[{\"a\":1,\"a\":2}]", "nul", "nulll", "NULL", "True", "tru", "fals", "+1", "01",
        "-", "-01", "1.", ".5", "1.e5", "1e", "1e+", "0x10", "NaN", "Infinity", "-Infinity", "1 2", "{} {}", "\"",
        "\"a", "\"\\\"", "\"\\", "\"\\x\"", "\"\\u\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\uD83D\"", "\"\\uD83Dx\"",
        "\"\\uDE00\"", "\"\\uD83D\\u0041\"", "\"\\uDE00\\uD83D\"", "\"a\nb\"", "\"\u{0}\"", "\"\t\"", "// x", "/* */1",
        "[" + deep + "]", "\u{FEFF}1", "1,", ":", ",", "'a'",
    ]) func malformed(_ text: String) {
        #expect(fault(Array(text.utf8)) != nil)
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xE0, 0x80, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80],
            [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
            [0xC3, 0x28],
        ] as [[UInt8]]) func invalidUTF8(_ bytes: [UInt8])
    {
        #expect(fault([0x22] + bytes + [0x22]) != nil)
        #expect(String(validating: bytes, as: UTF8.self) == nil)
    }

    @Test(arguments: [
        ("a", "a"), ("\\u0041b", "Ab"), ("\\uD83D\\uDE00!", "😀!"), ("\\u00e9\\u20AC", "é€"),
        ("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\u{8}\u{C}\n\r\t"), ("é", "é"),
    ]) func escapes(_ source: String, _ text: String) throws {
        let bytes = Array("\"\(source)\"".utf8)
        try bytes.withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            let found = try scanner.string()
            #expect(String(decoding: scanner.decode(found), as: UTF8.self) == text)
        }
    }

    /// Bytes from outside never trap: not as they come, and not as one change to something valid.
    @Test func randomBytes() {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        let alphabet = Array("{}[]\",:\\u0dD8eE+-.1 tfn/url".utf8) + [0xC3, 0xA9, 0xF0, 0x00, 0xFF]
        let model = Array(
            "{\"url\":\"http://a.example/\\u0041\",\"priority\":-5,\"meta\":{\"k\":[1.5e3,null]},\"force\":true}".utf8)
        for round in 0..<20_000 {
            var bytes: [UInt8]
            if round % 2 == 0 {
                bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                    alphabet.randomElement(using: &random) ?? 0
                }
            } else {
                bytes = model
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] = alphabet.randomElement(using: &random) ?? 0
                bytes.removeLast(Int.random(in: 0..<3, using: &random) * 7)
            }
            _ = fault(bytes)
            bytes.withUnsafeBufferPointer {
                var object = EnqueueObject($0)
                _ = try? object.read()
                _ = object.withURL { $0.count }
            }
        }
    }
}

/// A small generator whose seed can be printed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
