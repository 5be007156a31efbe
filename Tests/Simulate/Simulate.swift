import ArgumentParser
import CrawlSimulation
import Foundation
import Synchronization

/// Runs seeds of the simulation, several at a time, and stops at the first violation.
@main
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "Simulate",
        abstract: "crawld against simulated origins on virtual time, every step checked.",
        discussion: """
            A seed is 50 origins and 3 days unless told otherwise: the real scheduler, loop, health machine and SQLite \
            store (on tmpfs), each seed on one thread. With SWIFT_DETERMINISTIC_HASHING=1 in the environment a seed \
            does the same every time.
            """)

    @Option(help: "How many seeds; 0 = as many as --minutes allow.")
    var seeds = 20

    @Option(help: "The first seed.")
    var first: UInt64 = 1

    @Option(help: "No seed is begun after so many minutes; 0 = no limit.")
    var minutes = 0.0

    @Option(help: "Origins of a seed.")
    var origins = 50

    @Option(help: "Days of a seed.")
    var days = 3

    @Option(help: "Seeds at a time; 0 = one per core.")
    var jobs = 0

    @Option(help: ArgumentHelp("Only this invariant; may be repeated.", valueName: "name"))
    var only: [String] = []

    @Option(help: ArgumentHelp("Not this invariant; may be repeated.", valueName: "name"))
    var without: [String] = []

    @Option(help: "In which seeds an operator removes, revives and enqueues URLs: none, half (every second) or all.")
    var operators = SeedBatch.Operators.half

    @Option(help: "In which seeds names are looked up: none, some (every third but the first) or all.")
    var names = SeedBatch.Names.some

    @Flag(help: "Go on after a violation, and print one line for each.")
    var all = false

    func validate() throws {
        for name in only + without where !Invariants.names.contains(name) {
            throw ValidationError("no invariant \(name); there are \(Invariants.names.joined(separator: ", "))")
        }
        guard origins > 0, days > 1, seeds > 0 || minutes > 0 else {
            throw ValidationError("--origins at least 1, --days at least 2, --seeds or --minutes more than 0")
        }
    }

    func run() throws {
        let chosen = Set(only.isEmpty ? Invariants.names : only).subtracting(without)
        let count = jobs > 0 ? jobs : ProcessInfo.processInfo.activeProcessorCount
        let deadline = minutes > 0 ? ContinuousClock.now + .seconds(minutes * 60) : nil
        let batch = SeedBatch(
            seeds: seeds > 0 ? first..<first + UInt64(seeds) : first..<UInt64.max, origins: origins, days: days,
            only: chosen, goesOn: all, operators: operators, names: names, deadline: deadline)
        print(
            "\(origins) origins, \(days) days a seed, from seed \(first) on, operators in \(operators.rawValue), names in \(names.rawValue); \(chosen.count) of \(Invariants.names.count) invariants"
        )
        let outcome = try batch.run(jobs: count)
        print(outcome.text)
        // Nothing is shown by a run that broke off, or in which nothing ran.
        if !outcome.violations.isEmpty || !outcome.errors.isEmpty || outcome.seeds == 0 { throw ExitCode.failure }
    }
}

extension SeedBatch.Operators: ExpressibleByArgument {}
extension SeedBatch.Names: ExpressibleByArgument {}
