import ControlAPI

/// Counts and sizes for people.
enum NumberText {
    /// `1,234,567`.
    static func count(_ number: some BinaryInteger) -> String { CountText.text(number) }

    /// `1 URL`, `2 URLs`.
    static func urls(_ number: Int) -> String { CountText.text(number, "URL") }

    /// `1 incident`, `2 incidents`.
    static func incidents(_ number: Int) -> String { "\(count(number)) \(number == 1 ? "incident" : "incidents")" }

    /// Three digits at most before the unit: `512 B`, `1.5 KiB`, `16.0 MiB`.
    static func bytes(_ number: some BinaryInteger) -> String {
        var value = Double(number)
        var unit = "B"
        for next in ["KiB", "MiB", "GiB", "TiB"] where abs(value) >= 1024 {
            value /= 1024
            unit = next
        }
        guard unit != "B" else { return "\(number) B" }
        let tenths = Int64((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10)) \(unit)"
    }
}
