import ControlAPI
import CrawlTesting
import Foundation

/// What politeness costs: each origin's robots.txt is asked first and obeyed, to a crawl that asks for none, one after the
/// other. Requests a second, robots.txt counted.
struct PolitePart {
    struct Sample {
        var origins: Int
        var aim: Double
        var free: CrawlSample.Rate
        var polite: CrawlSample.Rate
        var ratio: Double { polite.perSecond / free.perSecond }
    }

    let urls: Int

    func measure(port: Int, inFlight: Int, in workspace: Workspace) throws -> [Sample] {
        try [(urls / 100, 0.95), (urls, 0.9)].map { origins, aim in
            let list = URLList(count: urls, loopbackOrigins: origins, port: port)
            return Sample(
                origins: origins, aim: aim, free: try crawl(list, requests: urls, false, inFlight, workspace),
                polite: try crawl(list, requests: urls + origins, true, inFlight, workspace))
        }
    }

    private func crawl(
        _ list: URLList, requests: Int, _ obeys: Bool, _ inFlight: Int, _ workspace: Workspace
    ) throws -> CrawlSample.Rate {
        var settings = Daemon.Settings(inFlight: inFlight)
        settings.obeysRobots = obeys
        return try CrawlSample.Rate("polite", list, requests: requests, settings, in: workspace)
    }
}

extension PolitePart.Sample: RoundSample {
    var rates: [(name: String, perSecond: Double)] {
        [("robots.txt of \(origins) origins", polite.perSecond)]
    }

    var line: String? {
        "\(origins) origins: not obeying \(Int(free.perSecond)) requests/s, obeying \(Int(polite.perSecond)), ratio "
            + "\(Figure.decimals(ratio, 2)), CPU \(Figure.decimals(free.cpuPerURL, 1)) and "
            + "\(Figure.decimals(polite.cpuPerURL, 1)) µs a request"
    }

    static func told(_ samples: [Self]) -> String {
        var table = TextTable(["", "not obeying", "obeying", "ratio", "aim", "CPU µs"])
        for samples in grouped(samples, by: { "\($0.origins)" }) {
            let cpu = [Figure(samples.map(\.free.cpuPerURL)), Figure(samples.map(\.polite.cpuPerURL))]
            table.add([
                "\(samples[0].origins) origins", Figure(samples.map(\.free.perSecond)).text(1, per: 1000),
                Figure(samples.map(\.polite.perSecond)).text(1, per: 1000), Figure(samples.map(\.ratio)).text(2),
                Figure.decimals(samples[0].aim, 2), cpu.map { $0.median(0) }.joined(separator: "/"),
            ])
        }
        return """
            robots.txt of each origin asked and obeyed, or none asked: thousands of requests a second, robots.txt counted;
            no crawl delay.

            \(table.text)
            """
    }
}
