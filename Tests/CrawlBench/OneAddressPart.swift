import ControlAPI
import CrawlTesting
import Foundation

/// What it costs that many names have one address, whose connections libcurl keeps together: a crawl of them, to the same
/// with an address for each name. The address may have as many requests as there are in all.
struct OneAddressPart {
    static let names = 2000

    struct Sample {
        var apart: CrawlSample.Rate
        var together: CrawlSample.Rate
        var ratio: Double { together.perSecond / apart.perSecond }
    }

    let urls: Int

    func measure(
        _ pages: PageServer, _ names: NameServer, inFlight: Int, in workspace: Workspace
    ) throws -> Sample {
        let list = URLList(count: urls, resolvedOrigins: min(urls, Self.names), port: pages.port)
        func crawl(_ kind: NameServer.Kind) throws -> CrawlSample.Rate {
            names.say(kind)
            var settings = Daemon.Settings(inFlight: inFlight)
            settings.perAddress = inFlight
            settings.nameServer = names
            return try CrawlSample.Rate("address", list, requests: urls, settings, in: workspace)
        }
        return Sample(apart: try crawl(.good), together: try crawl(.shared))
    }
}

extension OneAddressPart.Sample: RoundSample {
    var rates: [(name: String, perSecond: Double)] { [("names at one address", together.perSecond)] }

    var line: String? {
        "an address each \(Int(apart.perSecond)) URLs/s, one for all \(Int(together.perSecond)), ratio "
            + "\(Figure.decimals(ratio, 2)), CPU \(Figure.decimals(apart.cpuPerURL, 1)) and "
            + "\(Figure.decimals(together.cpuPerURL, 1)) µs a URL"
    }

    static func told(_ samples: [Self]) -> String {
        var table = TextTable(["", "an address each", "one for all", "ratio", "CPU µs"])
        let cpu = [Figure(samples.map(\.apart.cpuPerURL)), Figure(samples.map(\.together.cpuPerURL))]
        table.add([
            "\(OneAddressPart.names) names", Figure(samples.map(\.apart.perSecond)).text(1, per: 1000),
            Figure(samples.map(\.together.perSecond)).text(1, per: 1000), Figure(samples.map(\.ratio)).text(2),
            cpu.map { $0.median(0) }.joined(separator: "/"),
        ])
        return """
            Names that have one address together, thousands of URLs a second.

            \(table.text)
            """
    }
}
