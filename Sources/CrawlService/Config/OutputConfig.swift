import ControlAPI
import CrawlFrontier

/// `output`: what the crawl hands over.
package struct OutputConfig: Hashable, Sendable {
    package var results = ResultsConfig()
    package var warc = WarcConfig()

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.part("results") { results.read($0) }
        section.part("warc") { warc.read($0) }
    }

    func validate() -> [ConfigFault] { results.validate() + warc.validate() }
}

/// `output.results`: how much of the result feed is kept, whoever has not read it.
package struct ResultsConfig: Hashable, Sendable {
    /// Older results go; zero means that there is no feed.
    package var maxAge: Duration = .days(7)

    /// Zero means that there is no feed.
    package var maxRows = 10_000_000

    /// Bytes of all rows, about; zero means that there is no feed.
    package var maxSize = 4 << 30

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.duration("max_age", &maxAge)
        section.int("max_rows", &maxRows)
        section.size("max_size", &maxSize)
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("output.results")
        check.duration("max_age", maxAge, .zero...Duration.days(3650))
        check.int("max_rows", maxRows, 0...1_000_000_000)
        check.size("max_size", maxSize, 0...1 << 40)
        return check.faults
    }

    /// nil = there is no feed.
    var limits: ResultLimits? {
        guard maxAge > .zero, maxRows > 0, maxSize > 0 else { return nil }
        var limits = ResultLimits()
        limits.maxAge = maxAge
        limits.maxRows = Int64(maxRows)
        limits.maxBytes = Int64(maxSize)
        return limits
    }
}
