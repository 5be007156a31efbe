import ControlAPI
import CrawlFrontier
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
    /// URLs a second of a plain loop over the same rows, in the order of their numbers; nil = not measured.
    var loop: Double?
    /// The same of a loop that takes them as they come, and has each commit's in the order of their numbers.
    var loopAsTheyCome: Double?
}

/// URLs through the control socket into the frontier, by what limits the store: their order, and whether they are new.
/// Beside it in the same round, what SQLite alone takes for the same rows.
struct EnqueuePart {
    static let origins = 1000

    let count: Int

    func measure(in workspace: Workspace) throws -> [EnqueueSample] {
        let list = URLList(count: count, namedOrigins: Self.origins)
        return try newClustered(list, in: workspace) + newThenKnown(list, in: workspace)
            + newNDJSON(list, in: workspace)
    }

    private func newClustered(_ list: URLList, in workspace: Workspace) throws -> [EnqueueSample] {
        let daemon = try start(in: workspace)
        var sample = try send(
            list.body(.clustered), as: ContentType.text, to: daemon, "new, clustered, text", aim: 300_000
        ) { $0.new }
        let rows = try stop(daemon, &sample, in: workspace)
        if let rows { sample.loop = try loop(rows, rows.sorted, in: workspace).insert }
        return [sample]
    }

    private func newThenKnown(_ list: URLList, in workspace: Workspace) throws -> [EnqueueSample] {
        let body = list.body(.random)
        let daemon = try start(in: workspace)
        var new = try send(body, as: ContentType.text, to: daemon, "new, random, text", aim: 110_000) { $0.new }
        var known = try send(body, as: ContentType.text, to: daemon, "known, random, text", aim: 400_000) { $0.known }
        if let rows = try stop(daemon, &new, in: workspace) {
            (new.loop, known.loop) = try loop(rows, rows.sorted, in: workspace)
            let places = try rows.sorted(list.indices(.random), each: InsertLoop.slice)
            (new.loopAsTheyCome, known.loopAsTheyCome) = try loop(rows, places, in: workspace)
        }
        return [new, known]
    }

    private func newNDJSON(_ list: URLList, in workspace: Workspace) throws -> [EnqueueSample] {
        let daemon = try start(in: workspace)
        var sample = try send(
            list.body(.clustered, as: .ndjson), as: ContentType.ndjson, to: daemon, "new, clustered, NDJSON", aim: nil
        ) { $0.new }
        sample.bytesPerURL = Double(try daemon.stop()) / Double(count)
        return [sample]
    }

    /// What it has stored; nil = it is a base, whose tables may be others.
    private func stop(
        _ daemon: Daemon, _ sample: inout EnqueueSample, in workspace: Workspace
    ) throws -> StoredRows? {
        var rows: StoredRows?
        let bytes = try daemon.stop { database in
            if !workspace.isBase { rows = try StoredRows(of: database, count: count) }
        }
        sample.bytesPerURL = Double(bytes) / Double(count)
        return rows
    }

    /// New rows a second, then the same ones as known ones, in a frontier of its own.
    private func loop(
        _ rows: StoredRows, _ places: [Int32], in workspace: Workspace
    ) throws -> (insert: Double, lookUp: Double) {
        let folder = try workspace.folder("loop")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let database = folder + "/frontier.sqlite"
        _ = try FrontierStore(path: database)  // makes it, and is gone at once
        let loop = try InsertLoop(database, rows)
        return (try loop.insert(places), try loop.lookUp(places))
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
        let loops = [("a loop", loop), ("as they come", loopAsTheyCome)].compactMap { name, loop in
            loop.map { ", \(name) \(Int($0)), ratio \(Figure.decimals(perSecond / $0, 2))" }
        }
        return "\(name): \(Int(perSecond)) URLs/s, CPU \(Figure.decimals(cpuPerURL, 1)) µs a URL" + loops.joined()
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

            \(toldOfLoops(samples))
            """
    }

    private static func toldOfLoops(_ samples: [EnqueueSample]) -> String {
        func column(_ samples: [EnqueueSample], _ loop: (EnqueueSample) -> Double?) -> (loop: String, ratio: String) {
            let both = samples.compactMap { sample in loop(sample).map { (crawld: sample.perSecond, loop: $0) } }
            guard !both.isEmpty else { return ("", "") }
            return (
                Figure(both.map(\.loop)).text(1, per: 1000), Figure(both.map { $0.crawld / $0.loop }).text(2)
            )
        }
        var table = TextTable(["", "loop", "crawld / it", "aim", "as they come", "crawld / it"])
        for samples in grouped(samples, by: \.name) where samples.contains(where: { $0.loop != nil }) {
            let (sorted, asTheyCome) = (column(samples, \.loop), column(samples, \.loopAsTheyCome))
            table.add([samples[0].name, sorted.loop, sorted.ratio, "0.50", asTheyCome.loop, asTheyCome.ratio])
        }
        return """
            A loop over SQLite's C calls that inserts the same rows into the same tables, \(InsertLoop.slice) a commit, or
            looks up the known ones: all in the order of their numbers; and as they come, with each commit's in that order.

            \(table.text)
            """
    }
}
