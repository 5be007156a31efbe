import Foundation

/// The values of one thing over the rounds.
struct Figure {
    private let sorted: [Double]

    /// At least one value.
    init(_ values: [Double]) { sorted = values.sorted() }

    var median: Double { sorted[sorted.count / 2] }

    /// `31.2 (29.8–32.0)`: median and range; without a range if there is only one value.
    func text(_ digits: Int, per unit: Double = 1) -> String {
        func decimals(_ value: Double) -> String { Self.decimals(value / unit, digits) }
        guard sorted.count > 1 else { return decimals(median) }
        return "\(decimals(median)) (\(decimals(sorted[0]))–\(decimals(sorted[sorted.count - 1])))"
    }

    func median(_ digits: Int) -> String { Self.decimals(median, digits) }

    static func decimals(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
