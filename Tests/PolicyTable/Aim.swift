import CrawlCore

/// What crawld is to reach in the month, and what it came to.
struct Aim {
    var text: String
    var found: String
    var isMet: Bool

    typealias Figures = [OutageClass: OutageFigures]

    static func all(ours: Figures, doubling: Figures, naive: Figures) -> [Aim] {
        let total = OutageClass.allCases.compactMap { ours[$0] }.reduce(OutageFigures(), +)
        let days = (wasted(ours, [.days, .forGood]), wasted(naive, [.days, .forGood]))
        let hours = (wasted(ours, [.hours, .days, .forGood]), wasted(naive, [.hours, .days, .forGood]))
        let toAlert = OutageFigures.median(total.toAlert)
        let worst = total.lastLag.max()
        var aims = [
            Aim(
                text: "wasted on outages of 2 d and more: at most 1/1000 of naive's",
                found: "\(days.0) of \(days.1): 1/\(days.0 > 0 ? days.1 / days.0 : 0)",
                isMet: days.0 * 1000 <= days.1),
            Aim(
                text: "wasted on outages of 3 h and more: at most naive's", found: "\(hours.0) of \(hours.1)",
                isMet: hours.0 <= hours.1),
            Aim(
                text: "wasted in all: at most twice the doubling's",
                found: "\(total.wasted) of \(wasted(doubling, OutageClass.allCases))",
                isMet: total.wasted <= 2 * wasted(doubling, OutageClass.allCases)),
            Aim(text: "false marks: 0", found: "\(total.falseMarks)", isMet: total.falseMarks == 0),
            Aim(
                text: "first failing answer to alert, median: at most 62 min", found: WaitText.of(toAlert),
                isMet: toAlert.map { $0 <= 62 * 60_000 } ?? false),
        ]
        for kind in OutageClass.allCases {
            guard let length = kind.length?.ms else { continue }
            let most = kind == .minutes ? 5 * 60_000 : kind == .hours ? 18 * 60_000 : length / 2
            let median = OutageFigures.median(ours[kind]?.lag ?? [])
            aims.append(
                Aim(
                    text: "recovery to good fetch after \(kind.name), median: at most \(WaitText.of(most))",
                    found: WaitText.of(median), isMet: median.map { $0 <= most } ?? false))
        }
        let longest = ours[.hours]?.lag.max()
        aims.append(
            Aim(
                text: "recovery to good fetch after 3 h, worst: at most 36 min", found: WaitText.of(longest),
                isMet: longest.map { $0 <= 36 * 60_000 } ?? false))
        let shares = ours[.days]?.lagShare ?? []
        for (what, share, most) in [("median", OutageFigures.median(shares), 0.08), ("worst", shares.max(), 0.15)] {
            aims.append(
                Aim(
                    text: "the same after 2 d, \(what): at most \(ShareText.of(most)) of the outage",
                    found: ShareText.of(share), isMet: share.map { $0 <= most } ?? false))
        }
        aims.append(
            Aim(
                text: "recovery to good fetch, of any page: at most 24 h", found: WaitText.of(worst),
                isMet: worst.map { $0 <= 24 * 3_600_000 } ?? false))
        aims.append(
            Aim(
                text: "alerts: as many as incidents", found: "\(total.alerts) of \(total.incidents)",
                isMet: total.alerts == total.incidents))
        return aims
    }

    private static func wasted(_ figures: Figures, _ kinds: [OutageClass]) -> Int {
        kinds.reduce(0) { $0 + (figures[$1]?.wasted ?? 0) }
    }
}

/// A share in percent; nil = there is none.
enum ShareText {
    static func of(_ share: Double?) -> String {
        share.map { "\(Int(($0 * 100).rounded())) %" } ?? "-"
    }
}

/// A wait as people say it; nil = there is none.
enum WaitText {
    static func of(_ ms: Int64?) -> String {
        guard let ms else { return "-" }
        let seconds = ms / 1000
        if seconds < 120 { return "\(seconds) s" }
        if seconds < 2 * 3600 { return tenths(ms, 60_000) + " min" }
        if seconds < 48 * 3600 { return tenths(ms, 3_600_000) + " h" }
        return tenths(ms, 86_400_000) + " d"
    }

    private static func tenths(_ ms: Int64, _ unit: Int64) -> String {
        let tenths = (ms * 10 + unit / 2) / unit
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
