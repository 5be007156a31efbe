import ControlAPI
import CrawlTesting
import Foundation
import Testing

/// The story, told by those who took part in it: a daemon is given all documents, five of them answer 520.
struct RealInputRun: Sendable {
    static let burst: [Int64] = [200, 400, 800, 1600]
    static let probes: [Int64] = [5000, 8000, 11_000, 14_000]
    static let recheckFirst: Int64 = 3000
    static let requestsToMark = 1 + burst.count + probes.count
    static let canaries = 2

    let base: String
    let documents: [Document]
    /// Targets that answer 520.
    let broken: [String]
    let enqueued: EnqueueAnswer
    let again: EnqueueAnswer
    let records: [URLRecord]
    let incidents: [IncidentRecord]
    let alerts: [AlertRecord]
    /// What the hook was given, one JSON a line.
    let hook: String
    let requests: [NginxOrigin.Request]
    let ending: ProcessEnding?
    /// Line by line.
    let log: [String]

    /// Takes about half a minute.
    init() async throws {
        let home = try DaemonHome()
        defer { withExtendedLifetime(home) {} }
        let folder = home.folder
        let tree = try DocumentTree(in: folder.path)
        documents = tree.documents
        let broken = Self.spread(tree.documents)
        self.broken = broken
        let nginx = try await NginxOrigin(folder: folder.path, tree: folder.file("tree"), broken: broken)
        let base = nginx.base
        self.base = base
        try home.configure(Self.configuration(home))
        let daemon = try await home.startReady()
        let api = home.api
        try #require(await api.isHealthy())

        let list = tree.documents.map { base + $0.target + "\n" }.joined()
        enqueued = try await api.enqueue(text: list, as: ContentType.text)
        let good = tree.documents.count - broken.count
        try await Self.wait(for: "\(good) good answers", within: .seconds(120)) {
            try await api.status().urls["done"] ?? 0 >= good
        }
        again = try await api.enqueue(text: list, as: ContentType.text)
        try await Self.wait(for: "the marks and their alerts", within: .seconds(60)) {
            let status = try await api.status()
            return status.incidentsOpen == 5 && status.alertsPending == 0
        }
        let attempts = Self.requestsToMark + Self.canaries
        try await Self.wait(for: "the canaries", within: .seconds(60)) {
            for target in broken where try await api.record(base + target).attempts < attempts { return false }
            return true
        }
        records = try await api.records(limit: 700)
        incidents = try await api.incidents()
        alerts = try await api.alerts()
        daemon.signal(SIGTERM)
        ending = await daemon.ended(within: .seconds(30))
        if ending == nil { daemon.signal(SIGKILL) }
        try await Self.wait(for: "the end of the log", within: .seconds(30)) { daemon.output.isComplete }
        try await nginx.stop()
        requests = try nginx.requests()
        hook = try String(contentsOfFile: folder.file("hook.ndjson"), encoding: .utf8)
        log = daemon.output.lines
    }

    private static func wait(
        for what: String, within limit: Duration, _ condition: () async throws -> Bool
    ) async throws {
        let isThere = try await eventually(within: limit, every: .milliseconds(100), condition)
        try #require(isThere, "\(what): not within \(limit)")
    }

    /// Five documents from all over the list, with names that nginx's configuration takes as they are.
    private static func spread(_ documents: [Document]) -> [String] {
        let plain = documents.map(\.target).filter { target in
            target.utf8.allSatisfy { UInt8(ascii: "-") <= $0 && $0 != UInt8(ascii: "~") && $0 != UInt8(ascii: ";") }
        }
        return (0..<5).compactMap { plain.isEmpty ? nil : plain[$0 * (plain.count - 1) / 4] }
    }

    private static func configuration(_ home: DaemonHome) throws -> String {
        let hook = try home.script("hook", "exec cat >>'\(home.folder.file("hook.ndjson"))'")
        func list(_ milliseconds: [Int64]) -> String {
            "[" + milliseconds.map { "\($0)ms" }.joined(separator: ", ") + "]"
        }
        return """
            fetch:
              allow_addresses: ["127.0.0.0/8"]
            politeness:
              per_origin_in_flight: 8
              per_address_in_flight: 0
              crawl_delay: 0s
            health:
              burst: \(list(burst))
              probes: \(list(probes))
              broken_after: \(probes.last ?? 0)ms
              max_gap: 13s
              recheck_first: \(recheckFirst)ms
              jitter: 0
            alerts:
              exec: ["\(hook)"]

            """
    }
}
