/// The known word that a mistyped one was most likely meant to be.
enum NearMiss {
    /// nil when nothing is within a third of the word's length, at least one and at most three edits away.
    static func of(_ word: String, in known: [String]) -> String? {
        let limit = min(3, max(1, word.count / 3))
        return known.map { (word: $0, edits: edits(Array(word), Array($0))) }
            .filter { $0.edits <= limit }
            .min { $0.edits < $1.edits }?.word
    }

    /// Levenshtein's distance.
    private static func edits(_ a: [Character], _ b: [Character]) -> Int {
        var row = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in b.enumerated() {
                let replaced = diagonal + (left == right ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row.last ?? a.count
    }
}
