package import ControlAPI
import CrawlCore
package import CrawlFrontier

extension DaemonControl {
    package func results(after: Int64?, _ filter: ResultFilter, limit: Int, bytes: Int) async throws -> ResultRows {
        let page = try await told {
            try await self.read { try $0.results(after: after, filter, limit: limit, within: bytes) }
        }
        return ResultRows(rows: page.rows.map { ResultRecord($0) }, next: page.next, head: page.head)
    }

    package func awaitResults(beyond seq: Int64) async { await bell.wait(beyond: seq) }

    package func consumer(_ name: String) async throws -> ConsumerRecord {
        ConsumerRecord(try await told { try await self.read { try $0.consumer(name) } })
    }

    package func addConsumer(_ name: String, after: Int64?) async throws -> ConsumerRecord {
        let now = clock.now()
        return ConsumerRecord(
            try await told {
                try await self.write { [store = self.store] in try store.addConsumer(name, after: after, now: now) }
            })
    }

    package func removeConsumer(_ name: String) async throws -> Bool {
        let now = clock.now()
        let isRemoved = try await write { [store] in try store.removeConsumer(name, now: now) }
        // What was told of it has ended.
        if isRemoved { onIncident() }
        return isRemoved
    }

    package func acknowledge(_ seq: Int64, by name: String) async throws -> ConsumerRecord {
        ConsumerRecord(
            try await told { try await self.write { [store = self.store] in try store.acknowledge(seq, by: name) } })
    }

    private func told<T: Sendable>(_ work: () async throws -> T) async throws -> T {
        do {
            return try await work()
        } catch let fault as ResultFault {
            throw ControlError(fault)
        }
    }
}
