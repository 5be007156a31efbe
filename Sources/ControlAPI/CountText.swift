/// Counts for people.
package enum CountText {
    /// `1,234,567`.
    package static func text(_ number: some BinaryInteger) -> String {
        let digits = String(number.magnitude)
        let grouped = digits.enumerated().map { index, digit in
            let left = digits.count - index
            return index > 0 && left % 3 == 0 ? ",\(digit)" : "\(digit)"
        }
        return (number < 0 ? "-" : "") + grouped.joined()
    }

    /// `1 observation`, `2 observations`, `1,234 requests`: of nouns whose plural has an s more.
    package static func text(_ number: some BinaryInteger, _ noun: String) -> String {
        "\(text(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// `1st`, `2nd`, `57th`.
    package static func ordinal(_ number: Int) -> String {
        let ending =
            switch (number % 100, number % 10) {
            case (11...13, _): "th"
            case (_, 1): "st"
            case (_, 2): "nd"
            case (_, 3): "rd"
            default: "th"
            }
        return text(number) + ending
    }
}
