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
    let exitStatus: Int32
    let log: String

    /// Blocks for about half a minute.
    init() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let tree = try DocumentTree(in: folder.path)
        documents = tree.documents
        let broken = Self.spread(tree.documents)
        self.broken = broken
        let nginx = try NginxOrigin(folder: folder.path, tree: folder.file("tree"), broken: broken)
        let base = nginx.base
        self.base = base
        let daemon = try RealDaemon(folder: folder.path, configuration: try Self.configuration(folder))

        let list = tree.documents.map { base + $0.target + "\n" }.joined()
        enqueued = try daemon.enqueue(text: list)
        let good = tree.documents.count - broken.count
        try Patience.wait(for: "\(good) good answers", within: .seconds(120)) {
            try daemon.status().urls["done"] ?? 0 >= good ? () : nil
        }
        again = try daemon.enqueue(text: list)
        try Patience.wait(for: "the marks and their alerts", within: .seconds(60)) {
            let status = try daemon.status()
            return status.incidentsOpen == 5 && status.alertsPending == 0 ? () : nil
        }
        let attempts = Self.requestsToMark + Self.canaries
        try Patience.wait(for: "the canaries", within: .seconds(60)) {
            try broken.allSatisfy { try daemon.show(base + $0).attempts >= attempts } ? () : nil
        }
        records = try daemon.list(Routes.urls, of: URLRecord.self, limit: 700)
        incidents = try daemon.list(Routes.incidents, of: IncidentRecord.self)
        alerts = try daemon.list(Routes.alerts, of: AlertRecord.self)
        exitStatus = daemon.stop()
        nginx.stop()
        requests = try nginx.requests()
        hook = try String(contentsOfFile: folder.file("hook.ndjson"), encoding: .utf8)
        log = try String(contentsOfFile: folder.file("crawld.log"), encoding: .utf8)
    }

    /// Five documents from all over the list, with names that nginx's configuration takes as they are.
    private static func spread(_ documents: [Document]) -> [String] {
        let plain = documents.map(\.target).filter { target in
            target.utf8.allSatisfy { UInt8(ascii: "-") <= $0 && $0 != UInt8(ascii: "~") && $0 != UInt8(ascii: ";") }
        }
        return (0..<5).compactMap { plain.isEmpty ? nil : plain[$0 * (plain.count - 1) / 4] }
    }

    private static func configuration(_ folder: TemporaryFolder) throws -> String {
        let hook = folder.file("hook")
        try "#!/bin/sh\nexec cat >>'\(folder.file("hook.ndjson"))'\n".write(
            toFile: hook, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: hook)
        func list(_ milliseconds: [Int64]) -> String {
            "[" + milliseconds.map { "\($0)ms" }.joined(separator: ", ") + "]"
        }
        return """
            control:
              mode: "0600"
              group: ""
            fetch:
              allow_addresses: ["127.0.0.0/8"]
            politeness:
              per_origin_in_flight: 8
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
