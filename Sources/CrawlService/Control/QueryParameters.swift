import ControlAPI

/// A request's query, read strictly: every name is known, none comes twice, escapes are valid.
struct QueryParameters {
    private var values: [String: String] = [:]

    /// `query` is what follows the `?`, still encoded; nil = there is none.
    init(_ query: Substring?, allowed: [String]) throws(ProblemAnswer) {
        for pair in (query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decoded(parts[0])
            guard allowed.contains(name) else {
                throw ProblemAnswer(
                    400, ProblemCode.unknownField, "unknown parameter \(name.prefix(64))",
                    hint: "a URL in a query is percent-encoded: curl -G --data-urlencode url=…")
            }
            guard values.updateValue(parts.count > 1 ? try Self.decoded(parts[1]) : "", forKey: name) == nil else {
                throw ProblemAnswer(400, ProblemCode.invalidValue, "\(name) is given twice")
            }
        }
    }

    subscript(_ name: String) -> String? { values[name] }

    /// `limit`: rows of a page.
    func limit() throws(ProblemAnswer) -> Int {
        guard let text = values["limit"] else { return Routes.defaultLimit }
        guard let value = Int(text), (1...Routes.maxLimit).contains(value) else {
            throw Self.invalid("limit", text, "1 to \(Routes.maxLimit)")
        }
        return value
    }

    /// nil = it is absent.
    func number(_ name: String, _ range: ClosedRange<Int64>) throws(ProblemAnswer) -> Int64? {
        guard let text = values[name] else { return nil }
        guard let value = Int64(text), range.contains(value) else {
            throw Self.invalid(name, text, "a whole number from \(range.lowerBound)")
        }
        return value
    }

    /// `true` or `false`; absent = false.
    func flag(_ name: String) throws(ProblemAnswer) -> Bool {
        switch values[name] {
        case nil, "false": return false
        case "true": return true
        case let text?: throw Self.invalid(name, text, "true or false")
        }
    }

    /// `state`, as `URLState` names it.
    func state() throws(ProblemAnswer) -> String? {
        guard let text = values["state"] else { return nil }
        guard URLState(rawValue: text) != nil else {
            throw Self.invalid("state", text, URLState.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return text
    }

    private static func invalid(_ name: String, _ value: String, _ allowed: String) -> ProblemAnswer {
        ProblemAnswer(400, ProblemCode.invalidValue, "\(name): \(value.prefix(64)): allowed is \(allowed)")
    }

    private static func decoded(_ bytes: some Collection<UInt8>) throws(ProblemAnswer) -> String {
        var result: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hex), let low = rest.popFirst().flatMap(hex) else {
                throw ProblemAnswer(400, ProblemCode.invalidValue, "an escape in the query has no two hex digits")
            }
            result.append(high << 4 | low)
        }
        guard let text = String(validating: result, as: UTF8.self) else {
            throw ProblemAnswer(400, ProblemCode.invalidValue, "the query is not UTF-8")
        }
        return text
    }

    private static func hex(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
