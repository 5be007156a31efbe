/// The code of one of Cloudflare's own 1xxx pages, as its body gives it: `error code: 1015` for programs, and
/// `<span class="cf-error-code">1015</span>` for people.
enum EdgeCode {
    /// Statuses that such a page comes with.
    static func carries(_ status: Int32) -> Bool { [403, 409, 429, 530].contains(status) }

    /// Rate limits: 1015 is the site's, 1200 the edge's own.
    static func isThrottle(_ code: Int) -> Bool { code == 1015 || code == 1200 }

    /// nil = the body has none. The first mark counts.
    static func find(in body: [UInt8]) -> Int? {
        for mark in marks {
            guard let end = body.end(of: mark) else { continue }
            if let code = code(body[end...]) { return code }
        }
        return nil
    }

    private static let marks = ["error code: ", "class=\"cf-error-code\">"].map { Array($0.utf8) }

    /// Four digits from 1000 to 1999, and no more digits.
    private static func code(_ bytes: ArraySlice<UInt8>) -> Int? {
        let digits = bytes.prefix(5).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard digits.count == 4, digits.first == UInt8(ascii: "1") else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}

extension [UInt8] {
    /// The index behind the first occurrence of `wanted`; nil = there is none.
    func end(of wanted: [UInt8]) -> Int? {
        guard count >= wanted.count else { return nil }
        return (0...(count - wanted.count)).first { self[$0...].starts(with: wanted) }.map { $0 + wanted.count }
    }
}
