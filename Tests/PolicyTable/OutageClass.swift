import CrawlTesting

/// How long an outage lasts, and how often such outages are.
enum OutageClass: Int, CaseIterable {
    case minutes, twentyMinutes, hours, days, forGood

    var name: String {
        switch self {
        case .minutes: "2 min"
        case .twentyMinutes: "20 min"
        case .hours: "3 h"
        case .days: "2 d"
        case .forGood: "for good"
        }
    }

    /// In percent of all outages.
    var share: Int {
        switch self {
        case .minutes: 50
        case .twentyMinutes: 25
        case .hours: 15
        case .days: 7
        case .forGood: 3
        }
    }

    /// nil = it does not end.
    var length: Duration? {
        switch self {
        case .minutes: .minutes(2)
        case .twentyMinutes: .minutes(20)
        case .hours: .hours(3)
        case .days: .hours(48)
        case .forGood: nil
        }
    }

    /// An hour of 520 fits in: it is an incident, and worth an alert.
    var isIncident: Bool { (length ?? .hours(48)) >= .hours(3) }
}
