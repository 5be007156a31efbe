import ArgumentParser
import CrawlCore
import CrawlTesting
import Foundation

/// One fixed simulated month under the retry rules of several crawlers, and under crawld itself: what each spends on
/// what is broken, and what it makes of it.
@main
struct PolicyTable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "PolicyTable",
        abstract: "Replays a month of outages under the retry rules of several crawlers and prints the table.",
        discussion: """
            Every page is due once a day. Each origin has one outage, in which all of it answers 520, robots.txt too. \
            crawld is the real scheduler, health machine and SQLite store on virtual time with the default \
            configuration, and once more with rechecks that double from an hour on (recheck_ratio 0, recheck_first \
            1h); of the others only the retry rule is replayed, without robots.txt and politeness. Hindsight is what \
            nobody can reach: one request that meets the outage, and its pages at its very end.
            """)

    @Option(help: "Origins: 60 % of one page, 30 % of ten, 10 % of a thousand.")
    var origins = 200

    @Option(help: "Of the month; the same one gives the same table.")
    var seed: UInt64 = 520

    @Flag(help: "Exit 1 if an aim is missed.")
    var strict = false

    func validate() throws {
        guard (10...2000).contains(origins) else { throw ValidationError("--origins is 10 to 2000") }
    }

    func run() throws {
        let month = SimulatedMonth(origins: origins, seed: seed)
        let began = ContinuousClock.now
        let replay = PolicyReplay(month: month)
        var records = [
            replay.run(Scrapy.self), replay.run(Crawlee.self), replay.run(StormCrawler.self), replay.run(Nutch.self),
            replay.run(Heritrix.self), replay.run(Naive.self),
        ]
        records.append(HindsightReplay(month: month).run())
        func note(_ day: Int) { FileHandle.standardError.write(Data("day \(day) of 30\n".utf8)) }
        let doubling = OurReplay(
            month: month, name: TableReport.doubling,
            change: {
                $0.recheckRatio = 0
                $0.recheckFirst = .seconds(3600)
            }, onDay: note)
        records += [try doubling.run(), try OurReplay(month: month, onDay: note).run()]
        let report = TableReport(month: month, records: records)
        print(report.text)
        print("\nreplayed in \(began.duration(to: .now).components.seconds) s")
        if strict, report.isMissed { throw ExitCode.failure }
    }
}
