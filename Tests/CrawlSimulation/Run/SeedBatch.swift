import Dispatch
import Foundation
import Synchronization

/// Many seeds, some at a time; each on a thread of its own.
package struct SeedBatch: Sendable {
    var seeds: Range<UInt64>
    var origins: Int
    var days: Int
    var only: Set<String>
    var goesOn: Bool
    var operators: Operators
    var names: Names
    var deadline: ContinuousClock.Instant?

    package init(
        seeds: Range<UInt64>, origins: Int = 50, days: Int = 3, only: Set<String> = [], goesOn: Bool = false,
        operators: Operators = .half, names: Names = .some,
        deadline: ContinuousClock.Instant? = nil
    ) {
        self.seeds = seeds
        self.origins = origins
        self.days = days
        self.only = only
        self.goesOn = goesOn
        self.operators = operators
        self.names = names
        self.deadline = deadline
    }

    /// In which seeds an operator removes, revives and enqueues URLs at random moments.
    package enum Operators: String, Sendable, CaseIterable {
        case none
        /// In every second one.
        case half
        case all

        func act(in seed: UInt64) -> Bool { self == .all || self == .half && seed % 2 == 0 }
    }

    /// In which seeds names are looked up.
    package enum Names: String, Sendable, CaseIterable {
        case none
        /// In every third, but for the first.
        case some
        case all

        /// nil = the seed decides.
        var are: Bool? {
            switch self {
            case .none: false
            case .some: nil
            case .all: true
            }
        }
    }

    package struct Outcome: Sendable {
        package var seeds = 0
        package var requests = 0
        package var alerts = 0
        package var marks = 0
        package var hands = 0
        package var lookUps = 0
        package var unsent = 0
        package var violations: [Violation] = []
        package var lastSeed: UInt64 = 0
        package var took = Duration.zero
        package var errors: [String] = []
        fileprivate var operators = Operators.half
        fileprivate var names = Names.some

        /// The first violation in full, then how many there are of each invariant.
        package var text: String {
            var lines: [String] = []
            if let first = violations.min(by: { $0.seed < $1.seed }) {
                lines.append(first.report)
                lines.append(
                    "again: SWIFT_DETERMINISTIC_HASHING=1 Simulate --first \(first.seed) --seeds 1 "
                        + "--operators \(operators.rawValue) --names \(names.rawValue) --only \(first.invariant)")
            }
            // One of each kind is enough to begin with.
            for (name, found) in Dictionary(grouping: violations, by: \.invariant).sorted(by: { $0.key < $1.key }) {
                for other in found.sorted(by: { $0.seed < $1.seed }).prefix(8) {
                    lines.append("seed \(other.seed): \(name): \(other.text)")
                }
            }
            let kinds = Dictionary(grouping: violations, by: \.invariant)
            for (name, found) in kinds.sorted(by: { $0.key < $1.key }) {
                let list = found.map(\.seed).sorted().prefix(8).map { "\($0)" }.joined(separator: " ")
                lines.append("\(name): violated by \(found.count) of \(seeds) seeds, such as \(list)")
            }
            lines += errors
            lines.append(
                "\(seeds) seeds up to \(lastSeed): \(requests) requests, \(marks) incidents, \(alerts) alerts, \(hands) operator's actions, "
                    + "\(lookUps) look-ups, \(unsent) attempts without an address, \(violations.count) violations, \(took.components.seconds) s"
            )
            return lines.joined(separator: "\n")
        }
    }

    private struct State {
        var next: UInt64
        var outcome = Outcome()
        var isOver = false
    }

    package func run(jobs: Int) throws -> Outcome {
        let began = ContinuousClock.now
        let shared = Shared(next: seeds.lowerBound)
        let threads = DispatchGroup()
        for _ in 0..<jobs {
            threads.enter()
            let thread = Thread {
                while let seed = shared.take(before: seeds.upperBound, deadline) { one(seed, shared) }
                threads.leave()
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
        threads.wait()
        var outcome = shared.state.withLock { $0.outcome }
        outcome.operators = operators
        outcome.names = names
        outcome.took = began.duration(to: .now)
        return outcome
    }

    private func one(_ seed: UInt64, _ shared: Shared) {
        let plan = WorldPlan(
            seed: seed, origins: origins, days: days, hasOperator: operators.act(in: seed), hasNames: names.are)
        let result = Result { try SimulationRun(plan: plan, only: only).run() }
        shared.state.withLock { state in
            state.outcome.seeds += 1
            state.outcome.lastSeed = max(state.outcome.lastSeed, seed)
            switch result {
            case .failure(let error):
                state.outcome.errors.append("seed \(seed): \(error)")
                state.isOver = true
            case .success(let run):
                state.outcome.requests += run.requests
                state.outcome.alerts += run.alerts
                state.outcome.marks += run.marks
                state.outcome.hands += run.hands
                state.outcome.lookUps += run.lookUps
                state.outcome.unsent += run.unsent
                guard let violation = run.violation else { return }
                state.outcome.violations.append(violation)
                if !goesOn { state.isOver = true }
            }
        }
    }

    private final class Shared: Sendable {
        let state: Mutex<State>
        init(next: UInt64) { state = Mutex(State(next: next)) }

        func take(before end: UInt64, _ deadline: ContinuousClock.Instant?) -> UInt64? {
            state.withLock { state in
                guard !state.isOver, state.next < end, deadline.map({ .now < $0 }) ?? true else { return nil }
                defer { state.next += 1 }
                return state.next
            }
        }
    }
}
