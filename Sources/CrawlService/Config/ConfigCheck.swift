import ControlAPI

/// Collects the faults of one section's values.
struct ConfigCheck {
    let section: String
    private(set) var faults: [ConfigFault] = []
    /// Keys whose values are faulty in themselves: rules that look at them say nothing.
    private var unsound: Set<String> = []

    init(_ section: String) { self.section = section }

    /// `value` nil = it is not to be shown. `related` are further keys of the section that the rule looked at.
    mutating func require(
        _ holds: Bool, _ key: String, _ value: String?, _ allowed: String, related: [String] = []
    ) {
        guard !holds else { return }
        var fault = ConfigFault(key: "\(section).\(key)", value: value, allowed: allowed)
        fault.related = related.map { "\(section).\($0)" }
        faults.append(fault)
    }

    /// The values are checked, rules that hold between several of them follow.
    mutating func beginRules() { unsound = Set(faults.compactMap(\.key)) }

    var hasFaultyValues: Bool { !unsound.isEmpty }

    /// `require`, unless a value that the rule looks at is at fault already.
    mutating func rule(_ holds: Bool, _ key: String, _ value: String?, _ allowed: String, related: [String] = []) {
        guard unsound.isDisjoint(with: ([key] + related).map { "\(section).\($0)" }) else { return }
        require(holds, key, value, allowed, related: related)
    }

    mutating func int(_ key: String, _ value: Int, _ range: ClosedRange<Int>) {
        require(range.contains(value), key, "\(value)", "must be from \(range.lowerBound) to \(range.upperBound)")
    }

    /// Bytes.
    mutating func size(_ key: String, _ value: Int, _ range: ClosedRange<Int>) {
        require(
            range.contains(value), key, SizeText.text(value),
            "must be from \(SizeText.text(range.lowerBound)) to \(SizeText.text(range.upperBound))")
    }

    mutating func duration(_ key: String, _ value: Duration, _ range: ClosedRange<Duration>) {
        require(
            range.contains(value), key, DurationText.text(value),
            "must be from \(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound))")
    }
}

extension ClosedRange<Duration> {
    /// 1 ms to ten years: for spans of which only the sign and absurdity can be judged.
    static var anySpan: Self { .milliseconds(1)...Duration.days(3650) }
}

extension Duration {
    static func minutes(_ count: Int) -> Duration { .seconds(60 * count) }
    static func hours(_ count: Int) -> Duration { .seconds(3600 * count) }
    static func days(_ count: Int) -> Duration { .seconds(86_400 * count) }
}
