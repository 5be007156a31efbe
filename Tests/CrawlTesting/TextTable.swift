/// Columns as wide as their longest cell; the first is aligned left, the others right.
package struct TextTable {
    private var rows: [[String]]

    package init(_ heads: [String]) { rows = [heads] }

    package mutating func add(_ cells: [String]) { rows.append(cells) }

    package var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { cells in
            cells.enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + blanks : blanks + cell
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
