import ControlAPI
import CrawlTesting
import Foundation

/// One kind of body, in one round.
struct EnqueueSample {
    var name: String
    /// URLs a second that are wanted; nil = none named.
    var aim: Double?
    var perSecond: Double
    /// Microseconds of the daemon's CPU.
    var cpuPerURL: Double
    /// Bytes, at the highest.
    var memory: Int
    /// Bytes a known URL that was not fetched yet; nil = nothing new was stored.
    var bytesPerURL: Double?
}

/// URLs through the control socket into the frontier, by what limits the store: their order, and whether they are new.
struct EnqueuePart {
    static let origins = 1000

    let count: Int

    func measure(in workspace: Workspace) throws -> [EnqueueSample] {
        let list = URLList(count: count, namedOrigins: Self.origins)
        let random = list.body(.random)
        return try single(list.body(.clustered), "new, clustered, text", aim: 200_000, in: workspace)
            + newThenKnown(random, in: workspace)
            + single(
                list.body(.clustered, as: .ndjson), "new, clustered, NDJSON", type: ContentType.ndjson, in: workspace)
    }

    private func single(
        _ body: [UInt8], _ name: String, type: String = ContentType.text, aim: Double? = nil, in workspace: Workspace
    ) throws -> [EnqueueSample] {
        let daemon = try start(in: workspace)
        var sample = try send(body, as: type, to: daemon, name, aim: aim) { $0.new }
        sample.bytesPerURL = Double(try daemon.stop()) / Double(count)
        return [sample]
    }

    private func newThenKnown(_ body: [UInt8], in workspace: Workspace) throws -> [EnqueueSample] {
        let daemon = try start(in: workspace)
        var new = try send(body, as: ContentType.text, to: daemon, "new, random, text", aim: 80_000) { $0.new }
        let known = try send(body, as: ContentType.text, to: daemon, "known, random, text", aim: 250_000) { $0.known }
        new.bytesPerURL = Double(try daemon.stop()) / Double(count)
        return [new, known]
    }

    /// Paused: the made-up hosts are not to be asked.
    private func start(in workspace: Workspace) throws -> Daemon {
        let daemon = try Daemon(in: workspace, name: "enqueue", inFlight: 1, perOrigin: 1)
        try daemon.setPaused(true)
        return daemon
    }

    private func send(
        _ body: [UInt8], as type: String, to daemon: Daemon, _ name: String, aim: Double?,
        counted: (EnqueueAnswer) -> Int
    ) throws -> EnqueueSample {
        let cpu = daemon.cpuMicroseconds
        let began = ContinuousClock.now
        let answer = try daemon.enqueue(body, as: type)
        let took = ContinuousClock.now - began
        guard counted(answer) == count else {
            throw BenchFailure("\(name): \(answer.new) new, \(answer.known) known, \(answer.rejected) rejected")
        }
        return EnqueueSample(
            name: name, aim: aim, perSecond: Double(count) / took.seconds,
            cpuPerURL: (daemon.cpuMicroseconds - cpu) / Double(count), memory: daemon.memory.peak)
    }
}

extension EnqueueSample: RoundSample {
    var rates: [(name: String, perSecond: Double)] {
        [("enqueue, " + name, perSecond)]
    }

    var line: String? {
        "\(name): \(Int(perSecond)) URLs/s, CPU \(Figure.decimals(cpuPerURL, 1)) µs a URL"
    }

    static func told(_ samples: [EnqueueSample]) -> String {
        var table = TextTable(["", "crawld", "aim", "to aim", "CPU µs", "RSS MB", "B/URL"])
        for samples in grouped(samples, by: \.name) {
            let rate = Figure(samples.map(\.perSecond))
            table.add([
                samples[0].name, rate.text(1, per: 1000), samples[0].aim.map { Figure([$0]).text(0, per: 1000) } ?? "",
                samples[0].aim.map { Figure.decimals(rate.median / $0, 2) } ?? "",
                Figure(samples.map(\.cpuPerURL)).median(1), megabytes(samples.map(\.memory)),
                samples[0].bytesPerURL == nil ? "" : Figure(samples.compactMap(\.bytesPerURL)).median(1),
            ])
        }
        return """
            Enqueue, thousands of URLs a second: URLs of \(EnqueuePart.origins) origins through the socket.

            \(table.text)
            Aims: 150 MB of memory; 130 B a known URL that was not fetched yet, with a path of 60 bytes.
            """
    }
}
