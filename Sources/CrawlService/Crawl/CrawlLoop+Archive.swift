import CrawlCore
import CrawlOutput

// Pages are on the disk before they count as fetched: the records of a commit are written and synced once, then it begins.

extension CrawlLoop {
    /// Bytes of bodies in memory that make a commit at once, and three times as many stop what leads to more: a slow disk
    /// under the archive costs speed, not memory.
    static let exchangeBytes = 16 << 20

    /// Bodies that wait for their records take all the memory that they may.
    var isFullOfExchanges: Bool { exchanges.bytes + recordingBytes >= 3 * Self.exchangeBytes }

    /// Its records go with the next commit, if the answer is one that is kept. `own`: see `JudgedExchange`.
    func keep(
        _ exchange: Exchange?, _ result: FetchResult, _ classification: Classification, for purpose: ExchangePurpose,
        own: ArchivedResponse? = nil
    ) {
        guard var exchange, let archivist,
            archivist.store.stores(
                classification.outcome, status: exchange.status, isWhole: exchange.end == .whole)
        else { return }
        exchange.purpose = purpose
        exchanges.append(
            JudgedExchange(
                exchange: exchange, own: own, digest: result.digest,
                isPage: purpose != .robots && classification.outcome == .success))
    }

    /// What it has brought is not all here, for a reason of ours, and says nothing of the site: the archive took no more of
    /// it, or it was given up because others could not be kept.
    func isLost(_ result: FetchResult) -> Bool {
        guard let archivist else { return false }
        guard result.flags.contains(.recordingFailed) else { return result.flags.contains(.cancelled) }
        if snapshotValue.storageError == nil {
            abandonFlights(.spool(archivist.recorder.takeFailure() ?? SpoolFailure(.full, archivist.room.folder)))
        }
        return true
    }

    /// Nothing is fetched while the archive takes nothing, and what is in flight is given up: it could not be kept, and
    /// would fill what is left of the disk.
    private func abandonFlights(_ failure: ArchiveFailure) {
        trouble(failure)
        if !isArchiveFailing {
            isArchiveFailing = true
            onArchive(failure)
        }
        if phase == .running { fetcher.cancelAll() }
    }

    /// First the records of what collected, then its commit.
    func record(_ completion: Completion) {
        guard let archivist, !exchanges.isEmpty else { return commit(completion) }
        // Of what is committed later they go with their verdicts.
        let batch = exchanges.take(allBut: Set(pending.verdicts.lazy.map(\.id)))
        guard !batch.isEmpty else { return commit(completion) }
        recordingBytes = batch.bytes
        record(completion, batch, archivist)
    }

    private func record(_ completion: Completion, _ batch: JudgedExchanges, _ archivist: Archivist) {
        archivist.write(batch.all) { [self] result in
            lane.async { self.recorded(completion, batch, archivist, result) }
        }
    }

    private func recorded(
        _ completion: Completion, _ batch: JudgedExchanges, _ archivist: Archivist,
        _ result: Result<WrittenRecords, ArchiveFailure>
    ) {
        switch result {
        case .success(let written):
            recordingBytes = 0
            if isArchiveFailing {
                isArchiveFailing = false
                onArchive(nil)
            }
            var completion = completion
            completion.note(written)
            committing = completion
            commit(completion)
        case .failure(let error):
            abandonFlights(error)
            if phase == .stopping, clock.now() >= stopDeadline || error.isLackOfRoom { return giveUp(error) }
            // Files of the spool are what may be in the way of their own records; and one that cannot be read never can.
            if error.isLackOfRoom || error.isOfSpool { return forsake(completion, batch) }
            lane.at(clock.now() + settings.retryCommit) { [self] in record(completion, batch, archivist) }
        }
    }

    /// Nothing of these answers is kept: their URLs are as due as before, and what the commit has beside them is stored
    /// without them.
    private func forsake(_ completion: Completion, _ batch: JudgedExchanges) {
        let now = clock.now()
        recordingBytes = 0
        let tickets = Set((batch.all + exchanges.all).lazy.map(\.ticket))
        exchanges = JudgedExchanges()
        var rest = completion
        for verdict in completion.verdicts where tickets.contains(verdict.id) { scheduler?.forsake(verdict, now: now) }
        rest.verdicts.removeAll { tickets.contains($0.id) }
        for verdict in pending.verdicts where tickets.contains(verdict.id) { scheduler?.forsake(verdict, now: now) }
        pending.verdicts.removeAll { tickets.contains($0.id) }
        let isForsaken: (RobotsChange) -> Bool = { tickets.contains(URLKey.robots(of: $0.origin)) }
        for change in (completion.robots + pending.robots).filter(isForsaken) { scheduler?.forsake(change, now: now) }
        rest.robots.removeAll(where: isForsaken)
        pending.robots.removeAll(where: isForsaken)
        committing = rest
        commit(rest)
    }
}

extension ArchiveFailure {
    fileprivate var isOfSpool: Bool { if case .spool = self { true } else { false } }
}

extension Completion {
    /// Where the records of its answers stand.
    mutating func note(_ written: WrittenRecords) {
        archive = written.last
        guard !written.places.isEmpty else { return }
        for index in verdicts.indices {
            guard let place = written.places[verdicts[index].id] else { continue }
            verdicts[index].place = place
            verdicts[index].archived = written.pages[verdicts[index].id]
        }
    }

    /// The same answers, judged again: their records stand where they stood.
    func placed(_ again: [Verdict]) -> [Verdict] {
        guard !archive.isEmpty else { return again }
        let before = Dictionary(verdicts.lazy.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        return again.map { verdict in
            guard let written = before[verdict.id], let place = written.place else { return verdict }
            var verdict = verdict
            verdict.place = place
            verdict.archived = written.archived
            return verdict
        }
    }
}
