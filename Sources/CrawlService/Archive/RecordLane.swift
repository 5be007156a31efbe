import CrawlCore
import CrawlOutput
import Synchronization

/// Makes records on a thread of its own: compressing is most of what an archive costs.
///
/// `@unchecked Sendable`: the maker is touched on the lane only.
final class RecordLane: @unchecked Sendable {
    private let maker: RecordMaker
    private let lane: any Lane
    private let rule: RevisitRule
    private let table: RevisitLookUp

    init(_ maker: RecordMaker, lane: any Lane, rule: RevisitRule, table: RevisitLookUp) {
        self.maker = maker
        self.lane = lane
        self.rule = rule
        self.table = table
    }

    /// `done` is called on the lane.
    func make(
        _ exchanges: ArraySlice<JudgedExchange>, at now: Instant,
        done: @escaping @Sendable (Result<[MadeRecords], SpoolFailure>) -> Void
    ) {
        lane.async { [self] in
            done(Result { () throws(SpoolFailure) in try make(exchanges, at: now) })
        }
    }

    private func make(_ exchanges: ArraySlice<JudgedExchange>, at now: Instant) throws(SpoolFailure) -> [MadeRecords] {
        var made: [MadeRecords] = []
        made.reserveCapacity(exchanges.count)
        for judged in exchanges { made.append(try make(judged, at: now)) }
        return made
    }

    private func make(_ judged: JudgedExchange, at now: Instant) throws(SpoolFailure) -> MadeRecords {
        var exchange = judged.exchange
        let payload = try maker.payloadDigest(of: exchange)
        exchange.payloadDigest = payload
        let own = judged.own.map {
            Original(
                id: RecordID(high: $0.id.high, low: $0.id.low), targetURI: exchange.targetURI, date: $0.at,
                payloadDigest: $0.payloadDigest)
        }
        let form = rule.form(of: exchange, payload: payload, own: own, at: now) { table.find($0, at: now) }
        var isOfOther = false
        if case .identicalPayload(let original) = form { isOfOther = original != own }
        return MadeRecords(
            group: try maker.make(exchange, as: form), isOfOther: isOfOther, digest: judged.digest,
            isPage: judged.isPage)
    }
}

/// The table of revisits for several threads. `@unchecked Sendable`: the table is touched under the lock only.
final class RevisitLookUp: @unchecked Sendable {
    private let table: RevisitTable
    private let lock = Mutex(())

    init(_ table: RevisitTable) { self.table = table }

    func find(_ digest: RecordDigest, at now: Instant) -> Original? {
        lock.withLock { _ in table.find(digest, at: now) }
    }

    /// Of records that are synced.
    func note(_ records: some Sequence<MainRecord>) { lock.withLock { _ in table.note(records) } }
}

extension ArchivedResponse {
    var payloadDigest: RecordDigest {
        payload.map { RecordDigest(.sha1, $0) } ?? RecordDigest(.sha256, digest)
    }
}
