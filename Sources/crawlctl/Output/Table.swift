/// Columns for people. Where a row is too long for a terminal, first the scheme of its URL goes, then the columns that say
/// least, then the URL moves to a line of its own and is cut in its path: its host never is.
struct Table {
    struct Column {
        var title: String
        var alignsRight = false

        /// At least so wide, so that the pages of one list line up.
        var minWidth = 0

        /// Holds URLs; one column of a table at most, the last.
        var isURL = false

        /// Goes when room is short, those with lower numbers first; nil = it stays.
        var goes: Int?

        /// Its values are states, which have colours.
        var hasStates = false
    }

    /// What was left out for want of room: the pages of one list have it in common.
    struct Layout: Equatable {
        var leavesOutScheme = false
        /// Columns that go, up to this number, are gone.
        var gone = 0
    }

    var columns: [Column]
    var rows: [[String]] = []
    var showsTitles = true

    /// A URL on a line of its own stands so far in.
    private static let indent = 4
    private static let gap = 2

    /// `width`: characters of a line; nil leaves every value whole.
    func lines(width: Int?, hasColours: Bool = false) -> [String] {
        var layout = Layout()
        return lines(width: width, hasColours: hasColours, layout: &layout)
    }

    /// `layout`: of the pages before, and then with this one.
    func lines(width: Int?, hasColours: Bool, layout: inout Layout) -> [String] {
        let cells = rows.map { row in columns.indices.map { Terminal.clean(row.indices.contains($0) ? row[$0] : "") } }
        guard let width, columns.last?.isURL == true else {
            return laidOut(cells, Array(columns.indices), width: nil, hasColours)
        }
        let layouts = [layout] + layouts(after: layout)
        // What fits in none has a line of its own in all of them.
        let least = layouts[layouts.count - 1]
        let room = room(shown(cells, least), visible(least), width)
        let fitting = cells.filter { URLText.withoutScheme($0[columns.count - 1]).count <= room }
        for next in layouts {
            layout = next
            // The other columns, and the title of this one, have to fit in any case.
            let longest = shown(fitting, layout).map { $0[columns.count - 1].count }.max() ?? 0
            if max(longest, columns[columns.count - 1].title.count) <= self.room(cells, visible(layout), width) {
                break
            }
        }
        return laidOut(shown(cells, layout), visible(layout), width: width, hasColours)
    }

    // MARK: Room

    private func layouts(after layout: Layout) -> [Layout] {
        let steps = Set(columns.compactMap(\.goes)).sorted().filter { $0 > layout.gone }
        return (layout.leavesOutScheme ? [] : [Layout(leavesOutScheme: true, gone: layout.gone)])
            + steps.map { Layout(leavesOutScheme: true, gone: $0) }
    }

    private func visible(_ layout: Layout) -> [Int] {
        columns.indices.filter { (columns[$0].goes ?? .max) > layout.gone }
    }

    private func shown(_ cells: [[String]], _ layout: Layout) -> [[String]] {
        guard layout.leavesOutScheme else { return cells }
        return cells.map { $0.dropLast() + $0.suffix(1).map(URLText.withoutScheme) }
    }

    /// For the URLs, beside the other columns.
    private func room(_ cells: [[String]], _ visible: [Int], _ width: Int) -> Int {
        max(0, width - widths(cells, visible).dropLast().reduce(0) { $0 + $1 + Self.gap })
    }

    private func widths(_ cells: [[String]], _ visible: [Int]) -> [Int] {
        visible.map { index in
            let longest = cells.map { $0[index].count }.max() ?? 0
            return max(columns[index].minWidth, longest, showsTitles ? columns[index].title.count : 0)
        }
    }

    // MARK: Lines

    private func laidOut(_ cells: [[String]], _ visible: [Int], width: Int?, _ hasColours: Bool) -> [String] {
        var widths = widths(cells, visible)
        var room = Int.max
        if let width {
            room = self.room(cells, visible, width)
            widths[widths.count - 1] = min(widths[widths.count - 1], room)
        }
        let titles = showsTitles ? [line(columns.map(\.title), visible, widths, hasColours: false)] : []
        return titles
            + cells.flatMap { row -> [String] in
                guard let width, let url = row.last, url.count > room else {
                    return [line(row, visible, widths, hasColours: hasColours)]
                }
                let line = width - Self.indent
                let own = URLText.shortened(url.count > line ? URLText.withoutScheme(url) : url, to: line)
                return [
                    self.line(row.dropLast() + [""], visible, widths, hasColours: hasColours),
                    String(repeating: " ", count: Self.indent) + own,
                ]
            }
    }

    private func line(_ cells: [String], _ visible: [Int], _ widths: [Int], hasColours: Bool) -> String {
        var parts: [String] = []
        for (index, width) in zip(visible, widths) {
            let text = cells[index]
            let blanks = String(repeating: " ", count: max(0, width - text.count))
            let colour = hasColours && columns[index].hasStates ? StateColour(of: text) : nil
            let shown = colour?.painted(text) ?? text
            let isLast = index == visible.last
            parts.append(columns[index].alignsRight ? blanks + shown : isLast ? shown : shown + blanks)
        }
        let line = parts.joined(separator: String(repeating: " ", count: Self.gap))
        guard let end = line.lastIndex(where: { $0 != " " }) else { return "" }
        return String(line[...end])
    }
}
