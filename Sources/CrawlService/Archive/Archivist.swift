import CrawlCore
package import CrawlOutput
import Synchronization

/// The archive as the crawl uses it: exchanges in, their places out once they are on the disk.
///
///     worker ─► ExchangeRecorder ─► intake ─► judged ─► RecordLane ×2 ─► Archive: append, sync ─► the commit
///
/// `@unchecked Sendable`: the archive is touched on `lane` only.
package final class Archivist: @unchecked Sendable {
    /// What the fetch workers feed.
    package let recorder: ExchangeRecorder
    /// Which answers are kept.
    let store: StoreRule
    let room: ArchiveRoom
    private let archive: Archive
    private let lane: any Lane
    private let makers: [RecordLane]
    private let table: RevisitLookUp
    private let clock: any Clock
    private let maxAge: Duration
    private let digest: DigestAlgorithm
    /// On the lane: an old file will be closed though nothing more comes to it.
    private var closes = false

    /// Fewer exchanges are not worth a second thread.
    private static let shared = 32

    init(
        _ archive: Archive, _ settings: ArchiveSettings, recorder: ExchangeRecorder, store: StoreRule,
        makers: [RecordLane], table: RevisitLookUp, lane: any Lane, clock: any Clock
    ) {
        self.archive = archive
        self.recorder = recorder
        self.store = store
        self.makers = makers
        self.table = table
        self.lane = lane
        self.clock = clock
        room = archive.room
        maxAge = settings.maxAge
        digest = settings.digest
    }

    // MARK: In

    /// Hands `results` on with their exchanges, by ticket, as soon as the bodies are whole: those in memory at once, the
    /// others one by one. From the threads that fetch; `deliver` from any.
    func intake(
        _ results: [FetchResult], _ deliver: @escaping @Sendable ([FetchResult], [Int64: Exchange]) -> Void
    ) {
        let gathering = Mutex(Gathering())
        for result in results {
            guard !result.isNews, let recording = recorder.take(result.ticket) else {
                gathering.withLock { $0.results.append(result) }
                continue
            }
            recording.settle { [digest] settled in
                var result = result
                var exchange: Exchange?
                switch settled {
                case .success(var whole):
                    if digest == .sha256, let known = result.digest {
                        whole.payloadDigest = RecordDigest(.sha256, known)
                    }
                    exchange = whole
                case .failure: result.flags.insert(.recordingFailed)
                }
                let isLate = gathering.withLock { gathering in
                    guard !gathering.isOver else { return true }
                    gathering.results.append(result)
                    if let exchange { gathering.exchanges[result.ticket] = exchange }
                    return false
                }
                if isLate { deliver([result], exchange.map { [result.ticket: $0] } ?? [:]) }
            }
        }
        let gathered = gathering.withLock { gathering in
            gathering.isOver = true
            return gathering
        }
        if !gathered.results.isEmpty { deliver(gathered.results, gathered.exchanges) }
    }

    private struct Gathering {
        var results: [FetchResult] = []
        var exchanges: [Int64: Exchange] = [:]
        var isOver = false
    }

    // MARK: Out

    /// Writes and syncs the records of `exchanges`. After a failure none of them counts, and they may be written again.
    /// `then` is called on a lane of the archive's.
    func write(
        _ exchanges: [JudgedExchange], then: @escaping @Sendable (Result<WrittenRecords, ArchiveFailure>) -> Void
    ) {
        let parts = exchanges.count < Self.shared ? 1 : makers.count
        let now = clock.now()
        let made = Mutex(Making(parts: parts))
        for part in 0..<parts {
            let range = exchanges.count * part / parts..<exchanges.count * (part + 1) / parts
            makers[part].make(exchanges[range], at: now) { [self] result in
                let whole = made.withLock { $0.note(result, part) }
                guard let whole else { return }
                lane.async { then(whole.flatMap(self.append)) }
            }
        }
    }

    /// What several threads make of one batch.
    private struct Making {
        var parts: [[MadeRecords]?]
        var failure: SpoolFailure?
        var left: Int

        init(parts: Int) {
            self.parts = Array(repeating: nil, count: parts)
            left = parts
        }

        /// nil = others are not done.
        mutating func note(
            _ result: Result<[MadeRecords], SpoolFailure>, _ part: Int
        ) -> Result<[MadeRecords], ArchiveFailure>? {
            switch result {
            case .success(let made): parts[part] = made
            case .failure(let error): failure = failure ?? error
            }
            left -= 1
            guard left == 0 else { return nil }
            if let failure { return .failure(.spool(failure)) }
            return .success(parts.flatMap { $0 ?? [] })
        }
    }

    private func append(_ made: [MadeRecords]) -> Result<WrittenRecords, ArchiveFailure> {
        lane.check()
        return Result { () throws(ArchiveFailure) in
            let groups = made.map(\.group)
            let places = try archive.append(groups, at: clock.now())
            try archive.sync()
            table.note(groups.lazy.map(\.main))
            closeLater()
            return WrittenRecords(made, places)
        }
    }

    /// A file that nothing more comes to gets its name, too.
    private func closeLater() {
        guard !closes, archive.currentFile != nil else { return }
        closes = true
        lane.at(clock.now() + maxAge) { [self] in
            closes = false
            // What fails here fails again with the next batch, and is told then.
            try? archive.closeIfOld(at: clock.now())
            closeLater()
        }
    }

    /// After the last batch: the file gets its final name.
    package func close() async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            lane.async { [self] in
                closes = true
                done.resume(with: Result { try archive.close() })
            }
        }
    }
}

extension WrittenRecords {
    /// `places`: one for each.
    init(_ made: [MadeRecords], _ places: [ArchivePlace]) {
        var lasts: [String: ArchivePlace] = [:]
        for (records, place) in zip(made, places) {
            let main = records.group.main
            self.places[main.ticket] = place
            lasts[place.file] = place
            guard records.isPage, main.isResponse || records.isOfOther, let digest = records.digest else { continue }
            pages[main.ticket] = Verdict.ArchivedPage(
                place: place, id: main.original.map { RecordNumber(high: $0.id.high, low: $0.id.low) }, at: main.date,
                digest: digest,
                payload: main.payloadDigest.algorithm == .sha1 ? main.payloadDigest.value : nil)
        }
        last = lasts.values.sorted { $0.file < $1.file }
    }
}
