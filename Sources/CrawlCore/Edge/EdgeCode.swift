/// Cloudflare's own codes: 1xxx, as its pages give them (`error code: 1015` for programs, and
/// `<span class="cf-error-code">1015</span>` for people), and 520 to 527, as its documents do (`EdgeDocument`).
///
/// | code | at a status of | outcome |
/// |---|---|---|
/// | 1004, 1005, 1015, 1027, 1038, 1200, 1205 | 403, 409, 429, 5xx | `throttled`, see `EdgeThrottle` |
/// | 1016, 1033 | 403, 409, 429, 5xx | `edgeResolve` |
/// | other 1xxx | 403, 409, 429 | `blocked`, by the edge |
/// | 520 to 527, in a document | 5xx | what the status of that number is |
enum EdgeCode {
    /// nil = what the status alone says.
    static func outcome(of code: Int, status: Int32) -> Outcome? {
        if EdgeThrottle.firstWait(of: code) != nil { return .throttled }
        switch code {
        case 1016, 1033: return .edgeResolve
        case 1000...1999: return refuses(status) ? .blocked : nil
        case 520: return .unknownOriginError
        case 521: return .originDown
        case 522: return .connectTimeout
        case 523: return .unreachable
        case 524: return .responseTimeout
        case 525: return .tlsHandshake
        case 526: return .tlsCertificate
        case 527: return .edgeOther
        default: return nil
        }
    }

    /// A document with the code may come with the status.
    static func fits(_ code: Int, _ status: Int32) -> Bool {
        switch code {
        case 520...529: (500...599).contains(status)
        case 1000...1999: refuses(status) || (500...599).contains(status)
        default: true
        }
    }

    private static func refuses(_ status: Int32) -> Bool { status == 403 || status == 409 || status == 429 }

    /// Of a page; nil = it has none that may come with the status. The first mark counts.
    static func find(in body: [UInt8], status: Int32) -> Int? {
        guard refuses(status) || (500...599).contains(status) else { return nil }
        for mark in marks {
            if let end = body.end(of: mark), let code = code(body[end...]) { return code }
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
