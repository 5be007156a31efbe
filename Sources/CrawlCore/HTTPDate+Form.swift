/// Whether a text is a date as RFC 9110 §5.6.7 writes it, to the byte: what is sent back to a server has to be one.
/// `HTTPDate.parse` reads more than that.
extension HTTPDate {
    /// One of the three forms. The day of the month has to exist; that of the week is not compared with it, and a year
    /// of two digits may be a leap year.
    package static func isWellFormed(_ text: some StringProtocol) -> Bool {
        isFixDate(text.utf8) || isRFC850(text.utf8) || isAsctime(text.utf8)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    private static func isFixDate(_ text: some Sequence<UInt8>) -> Bool {
        var form = Form(text)
        guard form.word(of: days), form.literal(", "), let day = form.number(2), form.literal(" "),
            let month = form.month(), form.literal(" "), let year = form.number(4), form.literal(" "), form.time(),
            form.literal(" GMT"), form.isAtEnd
        else { return false }
        return exists(day, month, leap: isLeap(year))
    }

    /// `Sunday, 06-Nov-94 08:49:37 GMT`
    private static func isRFC850(_ text: some Sequence<UInt8>) -> Bool {
        var form = Form(text)
        guard form.word(of: longDays), form.literal(", "), let day = form.number(2), form.literal("-"),
            let month = form.month(), form.literal("-"), let year = form.number(2), form.literal(" "), form.time(),
            form.literal(" GMT"), form.isAtEnd
        else { return false }
        return exists(day, month, leap: year % 4 == 0)
    }

    /// `Sun Nov  6 08:49:37 1994`
    private static func isAsctime(_ text: some Sequence<UInt8>) -> Bool {
        var form = Form(text)
        guard form.word(of: days), form.literal(" "), let month = form.month(), form.literal(" "),
            let day = form.literal(" ") ? form.number(1) : form.number(2), form.literal(" "), form.time(),
            form.literal(" "), let year = form.number(4), form.isAtEnd
        else { return false }
        return exists(day, month, leap: isLeap(year))
    }

    private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let longDays = [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    ]
    private static let lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

    /// `month` from 0.
    private static func exists(_ day: Int, _ month: Int, leap: Bool) -> Bool {
        day >= 1 && day <= lengths[month] && (leap || month != 1 || day <= 28)
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// A text that is read from its beginning.
    private struct Form {
        /// The longest form has 33 bytes.
        private static let longest = 34

        private var rest: ArraySlice<UInt8>

        init(_ text: some Sequence<UInt8>) { rest = Array(text.prefix(Self.longest))[...] }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func literal(_ text: String) -> Bool {
            guard rest.starts(with: text.utf8) else { return false }
            rest = rest.dropFirst(text.utf8.count)
            return true
        }

        mutating func word(of words: [String]) -> Bool {
            for word in words where literal(word) { return true }
            return false
        }

        /// From 0.
        mutating func month() -> Int? {
            for (index, name) in HTTPDate.months.enumerated() where literal(name) { return index }
            return nil
        }

        /// Exactly so many digits.
        mutating func number(_ digits: Int) -> Int? {
            let text = rest.prefix(digits)
            guard text.count == digits, text.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            rest = rest.dropFirst(digits)
            return text.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }

        /// `08:49:37`; a leap second is one.
        mutating func time() -> Bool {
            guard let hour = number(2), literal(":"), let minute = number(2), literal(":"), let second = number(2)
            else { return false }
            return hour < 24 && minute < 60 && second <= 60
        }
    }
}
