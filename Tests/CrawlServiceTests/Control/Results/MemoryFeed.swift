import ControlAPI
import CrawlCore
import CrawlFrontier
import Synchronization

@testable import CrawlService

/// A result feed in memory, which begins after a place and is added to.
final class MemoryFeed: ResultControl {
    private struct State {
        var begins: Int64 = 1000
        var rows: [ResultRecord] = []
        var consumers: [String: ConsumerRecord] = [:]
        var pieces = 0
    }

    private let state = Mutex(State())
    let bell = ResultBell()

    var head: Int64 { state.withLock { $0.begins + Int64($0.rows.count) } }
    /// How often a piece was read.
    var pieces: Int { state.withLock { $0.pieces } }

    func add(_ count: Int, padding: Int = 0) {
        let head = state.withLock { state in
            for _ in 0..<count {
                let seq = state.begins + Int64(state.rows.count) + 1
                state.rows.append(
                    ResultRecord(
                        seq: seq, url: "https://a.example/\(seq)" + String(repeating: "x", count: padding), at: "t",
                        outcome: "success"))
            }
            return state.begins + Int64(state.rows.count)
        }
        bell.ring(head)
    }

    func results(after: Int64?, _ filter: ResultFilter, limit: Int, bytes: Int) async throws -> ResultRows {
        try state.withLock { state in
            state.pieces += 1
            let head = state.begins + Int64(state.rows.count)
            let after = after ?? state.begins
            if after > head { throw ControlError(ResultFault.unknownCursor(head: head)) }
            if after < state.begins { throw ControlError(ResultFault.gone(begins: state.begins)) }
            var page = ResultRows(rows: [], next: after, head: head)
            var held = 0
            for row in state.rows[Int(after - state.begins)...] where held < bytes && page.rows.count < limit {
                page.next = row.seq
                held += row.url.utf8.count + 300
                if filter.outcomes.isEmpty || filter.outcomes.contains(where: { $0.name == row.outcome }) {
                    page.rows.append(row)
                }
            }
            return page
        }
    }

    func awaitResults(beyond seq: Int64) async { await bell.wait(beyond: seq) }

    func consumer(_ name: String) async throws -> ConsumerRecord {
        guard let known = state.withLock({ $0.consumers[name] }) else {
            throw ControlError(ResultFault.unknownConsumer)
        }
        return known
    }

    func addConsumer(_ name: String, after: Int64?) async throws -> ConsumerRecord {
        state.withLock { state in
            let new = ConsumerRecord(name: name, cursor: after ?? state.begins, behind: 0, madeAt: "t")
            return state.consumers[name]
                ?? {
                    state.consumers[name] = new; return new
                }()
        }
    }

    func removeConsumer(_ name: String) async throws -> Bool {
        state.withLock { $0.consumers.removeValue(forKey: name) != nil }
    }

    func acknowledge(_ seq: Int64, by name: String) async throws -> ConsumerRecord {
        var known = try await consumer(name)
        let head = head
        guard seq <= head else { throw ControlError(ResultFault.unknownCursor(head: head)) }
        known.cursor = max(known.cursor, seq)
        state.withLock { [known] in $0.consumers[name] = known }
        return known
    }
}

extension MemoryControl {
    func results(after: Int64?, _ filter: ResultFilter, limit: Int, bytes: Int) async throws -> ResultRows {
        try await feed.results(after: after, filter, limit: limit, bytes: bytes)
    }
    func awaitResults(beyond seq: Int64) async { await feed.awaitResults(beyond: seq) }
    func consumer(_ name: String) async throws -> ConsumerRecord { try await feed.consumer(name) }
    func addConsumer(_ name: String, after: Int64?) async throws -> ConsumerRecord {
        try await feed.addConsumer(name, after: after)
    }
    func removeConsumer(_ name: String) async throws -> Bool { try await feed.removeConsumer(name) }
    func acknowledge(_ seq: Int64, by name: String) async throws -> ConsumerRecord {
        try await feed.acknowledge(seq, by: name)
    }
}
