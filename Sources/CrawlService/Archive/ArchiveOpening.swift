import CrawlCore
import CrawlFrontier
import CrawlOutput
import Logging
import Synchronization

/// Opens the archive of a crawl, brings in order what a process before left, and tells of what is lost.
struct ArchiveOpening {
    let settings: ArchiveSettings
    let store: StoreRule
    let revisitMaxAge: Duration
    let frontier: FrontierStore
    let clock: any Clock
    let alert: ArchiveAlert
    let logger: Logger

    /// Threads that compress.
    private static let makers = 2

    func open() throws(ServiceFailure) -> Archivist {
        do {
            return try opened()
        } catch let error as ArchiveFailure {
            throw ServiceFailure(archive: error)
        } catch let error as SpoolFailure {
            throw ServiceFailure(archive: .spool(error))
        } catch {
            throw ServiceFailure(storage: error)
        }
    }

    private func opened() throws -> Archivist {
        let number = try frontier.openArchive(folder: settings.folder, digest: settings.digest.rawValue)
        let makeID: () -> RecordID = {
            var random = SystemRandomNumberGenerator()
            return RecordID(using: &random)
        }
        // The archive's own error type leaves no room for the frontier's.
        var fault: (any Error)?
        let archive = try Archive(
            settings, spoolLane: clock.lane("crawld.output.spool"), makeID: makeID,
            known: { name in
                do {
                    return try frontier.lastPlace(inFile: name, of: number)
                } catch {
                    fault = error
                    return nil
                }
            })
        if let fault { throw fault }
        try tell(archive.leftovers, of: number)
        let rule = RevisitRule(maxAge: revisitMaxAge)
        let table = RevisitLookUp(RevisitTable(rule: rule, texts: try RevisitTexts(in: archive.spool.folder)))
        let makers = try (0..<Self.makers).map { number in
            guard let maker = RecordMaker(settings.maker, spool: archive.spool, makeID: makeID) else {
                throw ArchiveFailure.noMemory
            }
            return RecordLane(maker, lane: clock.lane("crawld.output.records\(number)"), rule: rule, table: table)
        }
        let archivist = Archivist(
            archive, settings, recorder: ExchangeRecorder(spool: archive.spool), store: store, makers: makers,
            table: table, lane: clock.lane("crawld.output.archive"), clock: clock)
        logger.info("pages are archived", metadata: ["dir": "\(settings.folder)"])
        return archivist
    }

    private func tell(_ leftovers: [Leftover], of archive: Int64) throws {
        var (lost, urls): ([String], Int) = ([], 0)
        for leftover in leftovers {
            let path = "\(settings.folder)/\(leftover.file)"
            guard leftover.fate == .left else {
                logger.notice(
                    "a file of the archive was not closed by the process before",
                    metadata: [
                        "file": "\(path)", "removed": .stringConvertible(leftover.fate == .removed),
                        "cut_bytes": .stringConvertible(leftover.cut),
                    ])
                continue
            }
            let pages = try frontier.pages(inFile: leftover.file, of: archive, limit: AlertFacts.maxSample)
            logger.error(
                "records of the archive are lost: a file ends before the last one that the frontier knows of",
                metadata: ["file": "\(path).open", "pages": .stringConvertible(pages.count)])
            lost += ["\(path).open"] + pages.urls
            urls += pages.count
        }
        alert.opened(lost: lost, urlsAffected: urls)
    }
}

extension ServiceFailure {
    /// Why there is no archive.
    init(archive error: ArchiveFailure) {
        let reason: Reason =
            switch error {
            case .held: .alreadyRunning
            case .otherDigest, .unknownDigest: .configuration
            case .call, .spool, .noRoom, .noMemory: .io
            case .missing, .notAFolder, .unwritable, .readOnly, .foreign: .cannotCreate
            }
        self.init(reason, "output.warc.dir: \(error)")
    }
}

extension ArchiveFailure {
    /// Why nothing is fetched.
    func log(to logger: Logger) {
        logger.error(
            isLackOfRoom
                ? "storage: the archive's disk is full; nothing is fetched until it has room"
                : "storage: the archive cannot be written to; nothing is fetched until it works again",
            metadata: ["error": "\(self)"])
    }
}
