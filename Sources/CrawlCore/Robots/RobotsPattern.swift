/// Patterns with `*` (RFC 9309 §2.2.3): the shortest match for each `*` in turn is enough, so nothing is tried twice.
enum RobotsPattern {
    /// Whether the path matches, given that it begins with the pattern's octets before the first `*`, `literal` of
    /// them. Adds the octets looked at to `steps`: at most 8 × (path + pattern).
    static func matches(
        _ pattern: UnsafeBufferPointer<UInt8>, literal: Int, anchored: Bool, path: UnsafeBufferPointer<UInt8>,
        steps: inout Int
    ) -> Bool {
        let star = UInt8(ascii: "*")
        var from = literal
        var at = literal
        while true {
            while from < pattern.count, pattern[from] == star { from += 1 }
            if from == pattern.count { return true }
            var end = from
            while end < pattern.count, pattern[end] != star { end += 1 }
            steps += end - from
            let piece = UnsafeBufferPointer(rebasing: pattern[from..<end])
            if anchored, end == pattern.count {
                let start = path.count - piece.count
                return start >= at && common(piece, UnsafeBufferPointer(rebasing: path[start...])) == piece.count
            }
            guard let found = find(piece, in: path, from: at, steps: &steps) else { return false }
            if end == pattern.count { return true }
            at = found + piece.count
            from = end
        }
    }

    /// Octets that both begin with.
    @inline(__always)
    static func common(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
        let count = min(a.count, b.count)
        var i = 0
        while i < count, a[i] == b[i] { i += 1 }
        return i
    }

    /// Plainly while that goes well, as it does in all but hostile files.
    private static func find(
        _ piece: UnsafeBufferPointer<UInt8>, in path: UnsafeBufferPointer<UInt8>, from: Int, steps: inout Int
    ) -> Int? {
        let last = path.count - piece.count
        guard from <= last else { return nil }
        let first = piece[0]
        var looked = 0
        var i = from
        while i <= last {
            looked += 1
            if path[i] == first {
                var length = 1
                while length < piece.count, path[i + length] == piece[length] { length += 1 }
                looked += length
                if length == piece.count {
                    steps += looked
                    return i
                }
                if looked > piece.count + 4 * (i - from + 1) {
                    steps += looked
                    return findSteadily(piece, in: path, from: i + 1, steps: &steps)
                }
            }
            i += 1
        }
        steps += looked
        return nil
    }

    /// Knuth, Morris and Pratt: no octet of the path is looked at anew.
    private static func findSteadily(
        _ piece: UnsafeBufferPointer<UInt8>, in path: UnsafeBufferPointer<UInt8>, from: Int, steps: inout Int
    ) -> Int? {
        steps += 2 * piece.count
        return withUnsafeTemporaryAllocation(of: Int32.self, capacity: piece.count) { borders in
            borders.initialize(repeating: 0)
            var length = 0
            for i in 1..<max(piece.count, 1) {
                while length > 0, piece[i] != piece[length] { length = Int(borders[length - 1]) }
                if piece[i] == piece[length] { length += 1 }
                borders[i] = Int32(length)
            }
            length = 0
            var i = from
            while i < path.count {
                while length > 0, path[i] != piece[length] { length = Int(borders[length - 1]) }
                if path[i] == piece[length] { length += 1 }
                if length == piece.count { break }
                i += 1
            }
            steps += 2 * (i - from)
            return length == piece.count ? i + 1 - length : nil
        }
    }
}
