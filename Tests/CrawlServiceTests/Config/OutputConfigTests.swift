import CrawlCore
import CrawlFetch
import CrawlFrontier
import Testing

@testable import CrawlService

@Suite struct OutputConfigTests {
    @Test func bounds() throws {
        let config = try Config.parse(
            "output:\n  results: {max_age: 1h, max_rows: 5, max_size: 1MiB}\n", file: "c.yaml")
        let limits = try #require(config.storeOptions.results)
        #expect(limits.maxAge == .seconds(3600) && limits.maxRows == 5 && limits.maxBytes == 1 << 20)
        #expect(config.fetchLimits.tellsContentType && config.schedulerRules.keepsResults)
    }

    @Test(
        "a bound of zero is no feed, and nobody works for it",
        arguments: ["max_age: 0s", "max_rows: 0", "max_size: 0B"])
    func off(bound: String) throws {
        let config = try Config.parse("output: {results: {\(bound)}}\n", file: "c.yaml")
        #expect(config.storeOptions.results == nil)
        #expect(!config.fetchLimits.tellsContentType && !config.schedulerRules.keepsResults)
    }

    @Test(arguments: [
        ("output: {results: {max_age: 4000d}}\n", "c.yaml:1: output.results.max_age: 4000d: must be from 0s to 3650d"),
        ("output: {results: {max_rows: -1}}\n", "c.yaml:1: output.results.max_rows: -1: must be from 0 to 1000000000"),
        (
            "output:\n  results:\n    max_size: 2TiB\n",
            "c.yaml:3: output.results.max_size: 2TiB: must be from 0B to 1TiB"
        ),
        (
            "output:\n  results:\n    max_row: 1\n",
            "c.yaml:3: output.results.max_row: 1: unknown key, did you mean `max_rows`?"
        ),
        ("output: {results: 5}\n", "c.yaml:1: output.results: must be a section of keys"),
        ("output: {result: {}}\n", "c.yaml:1: output.result: unknown key"),
    ])
    func faults(yaml: String, expected: String) throws {
        let faults = #expect(throws: ConfigFaults.self) { try Config.parse(yaml, file: "c.yaml") }
        #expect(faults?.faults.map(\.description).first?.hasPrefix(expected) == true, "\(String(describing: faults))")
    }
}
