import CrawlCore
import CrawlFrontier
import Logging

/// What the process before this one died of is taken in, and what this one has in flight is written down from now on.
struct InFlightOpening {
    let store: FrontierStore
    let logger: Logger

    /// First the frontier, then a new file: an end that both were told of counts once. nil = there can be no file; the crawl
    /// goes on without it. For a full disk it throws: it is tried again when there is room.
    func open(_ path: String, inFlight: Int, now: Instant) throws(ServiceFailure) -> InFlightFile? {
        let boot = BootID.bytes
        if let last = LastLife(InFlightFile.read(path), boot: boot, now: now) { try note(last, now: now) }
        do {
            return try InFlightFile(path: path, inFlight: inFlight, now: now, boot: boot)
        } catch {
            if DiskRoom.isLack(error.code) { throw ServiceFailure(.cannotCreate, path, errno: error.code) }
            logger.warning(
                "what is in flight is not written down: an answer that ends the daemon cannot be found out",
                metadata: ["file": "\(path)", "error": "\(error)"])
            return nil
        }
    }

    private func note(_ last: LastLife, now: Instant) throws(ServiceFailure) {
        if let document = last.document { return try note(last, reading: document) }
        let news: FaultNews
        do {
            news = try store.note(last.end, now: now)
        } catch {
            throw ServiceFailure(storage: error)
        }
        logger.warning(
            "the process before this one ended by a fault of its own",
            metadata: last.cause.metadata([
                "in_flight": .stringConvertible(last.end.tickets.count),
                "new_suspects": .stringConvertible(news.suspects),
            ]))
        guard let putBack = news.putBack else { return }
        logger.warning(
            "put back: it was alone in flight when the daemon ended",
            metadata: [
                "url": "\(putBack.url)", "until": "\(putBack.until.text)", "ends": .stringConvertible(putBack.ends),
            ])
    }

    private func note(_ last: LastLife, reading document: Int64) throws(ServiceFailure) {
        let reading: EndedReading?
        do {
            reading = try store.note(reading: document, endedAt: last.end.at)
        } catch {
            throw ServiceFailure(storage: error)
        }
        logger.warning(
            "the process before this one ended by a fault of its own",
            metadata: last.cause.metadata(["reading": "\(reading?.url ?? "")"]))
        guard let reading, reading.isGivenUp else { return }
        logger.warning(
            "a sitemap is given up: the daemon has ended twice while it was read", metadata: ["url": "\(reading.url)"])
    }
}

extension LastLife.Cause {
    fileprivate func metadata(_ more: Logger.Metadata) -> Logger.Metadata {
        var metadata = more
        switch self {
        case .signal(let number): metadata["signal"] = .stringConvertible(number)
        case .stall: metadata["by"] = "a worker that did not return from libcurl"
        }
        return metadata
    }
}
