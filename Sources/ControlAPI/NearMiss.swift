/// The known word that a mistyped one was most likely meant to be.
package enum NearMiss {
    /// nil when nothing is within a third of the word's length, at least one and at most three edits away.
    package static func of(_ word: String, in known: [String]) -> String? {
        let limit = min(3, max(1, word.count / 3))
        return known.map { (word: $0, edits: edits(Array(word), Array($0))) }
            .filter { $0.edits <= limit }
            .min { $0.edits < $1.edits }?.word
    }

    /// Levenshtein's distance, where two letters that changed places are one edit.
    private static func edits(_ a: [Character], _ b: [Character]) -> Int {
        var before: [Int] = []
        var row = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var next = [i + 1]
            for (j, right) in b.enumerated() {
                var best = min(row[j] + (left == right ? 0 : 1), row[j + 1] + 1, next[j] + 1)
                if i > 0, j > 0, left == b[j - 1], a[i - 1] == right { best = min(best, before[j - 1] + 1) }
                next.append(best)
            }
            (before, row) = (row, next)
        }
        return row.last ?? a.count
    }
}
