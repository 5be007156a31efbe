/// Columns for people. On a terminal the one column that may shrink is cut in the middle until a row fits.
struct Table {
    struct Column {
        var title: String
        var alignsRight = false

        /// At least so wide, so that the pages of one list line up.
        var minWidth = 0

        /// May be cut in the middle; one column of a table at most.
        var shrinks = false
    }

    var columns: [Column]
    var rows: [[String]] = []
    var showsTitles = true

    /// A shrinking column keeps so many characters, even if the row is then too long.
    private static let leastWidth = 16

    /// `width`: characters of a line; nil leaves every value whole.
    func lines(width: Int?) -> [String] {
        let titles = columns.map(\.title)
        let cells = rows.map { $0.map(Terminal.clean) }
        var widths = columns.indices.map { index in
            let longest = cells.map { Self.cell($0, index).count }.max() ?? 0
            return max(columns[index].minWidth, longest, showsTitles ? titles[index].count : 0)
        }
        if let width, let flexible = columns.firstIndex(where: \.shrinks) {
            let others = widths.enumerated().filter { $0.offset != flexible }.map(\.element).reduce(0, +)
            let room = width - others - 2 * (columns.count - 1)
            widths[flexible] = min(widths[flexible], max(Self.leastWidth, room))
        }
        return ((showsTitles ? [titles] : []) + cells).map { line($0, widths) }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = columns.indices.map { index in
            let text = Self.cell(cells, index)
            let shown = columns[index].shrinks ? Self.shortened(text, to: widths[index]) : text
            let blanks = String(repeating: " ", count: max(0, widths[index] - shown.count))
            if columns[index].alignsRight { return blanks + shown }
            return index == columns.count - 1 ? shown : shown + blanks
        }
        return padded.joined(separator: "  ")
    }

    /// Start and end are kept, which is where URLs differ.
    static func shortened(_ text: String, to width: Int) -> String {
        guard text.count > width, width > 0 else { return text }
        let head = (width - 1) / 2
        return String(text.prefix(head)) + "…" + String(text.suffix(width - 1 - head))
    }

    private static func cell(_ row: [String], _ index: Int) -> String {
        row.indices.contains(index) ? row[index] : ""
    }
}
