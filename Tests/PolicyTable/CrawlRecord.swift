/// What one policy did in the month: all that the table is made of.
struct CrawlRecord {
    struct Answer {
        /// Milliseconds from the month's start.
        var at: Int64
        var isGood: Bool
    }

    struct Mark {
        var at: Int64
        var origin: Int
    }

    var name: String
    /// By origin and page.
    var pages: [[[Answer]]]
    /// Requests for robots.txt that failed, by origin.
    var robotsFailures: [[Int64]]
    /// Pages or origins given up as failed, gone or broken.
    var marks: [Mark] = []
    /// What people were told of, by origin.
    var alerts: [Mark] = []
    /// Error pages that were taken for pages.
    var errorsStored = 0
    var sendsAlerts = false

    init(name: String, month: SimulatedMonth) {
        self.name = name
        pages = month.origins.map { Array(repeating: [], count: $0.firstDue.count) }
        robotsFailures = Array(repeating: [], count: month.origins.count)
    }
}
