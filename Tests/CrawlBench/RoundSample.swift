import Foundation

/// What one round of a part gave, and how the part is told of.
protocol RoundSample {
    /// For who waits; nil = nothing.
    var line: String? { get }

    /// What a base is compared by, each a second; more is better.
    var rates: [(name: String, perSecond: Double)] { get }

    /// Where this sample is of a base: what its rates are to be exceeded by, by their names.
    var aimsBeside: [String: Double] { get }

    /// Of all rounds: what was measured, against what, the aims; then the table. 100 columns at most. At least one sample.
    static func told(_ samples: [Self]) -> String
}

extension RoundSample {
    var rates: [(name: String, perSecond: Double)] { [] }
    var aimsBeside: [String: Double] { [:] }
}

/// In the order of first appearance.
func grouped<T>(_ samples: [T], by name: (T) -> String) -> [[T]] {
    var groups: [[T]] = []
    for sample in samples {
        if let index = groups.firstIndex(where: { name($0[0]) == name(sample) }) {
            groups[index].append(sample)
        } else {
            groups.append([sample])
        }
    }
    return groups
}

/// The most that any round needed, in MB.
func megabytes(_ bytes: [Int]) -> String { Figure.decimals(Double(bytes.max() ?? 0) / 1e6, 0) }
