import ControlAPI
import CrawlCore
import CrawlFrontier

extension ResultRecord {
    init(_ stored: StoredResult) {
        self.init(
            seq: stored.seq, url: stored.url, at: stored.at.text, outcome: stored.outcome?.name ?? "unknown",
            bytes: stored.bytes, priority: stored.priority)
        status = stored.status > 0 ? stored.status : nil
        digest = stored.digest.map { "sha256:" + $0.hex }
        changed = stored.isChanged
        contentType = stored.contentType
        meta = stored.meta.flatMap { JSONValue(text: $0) }
        redirect = stored.redirect
        warc = stored.place.map { ArchivePlaceRecord(file: $0.file, offset: $0.offset, length: $0.length) }
        health = stored.event?.name
    }
}

extension ConsumerRecord {
    init(_ stored: StoredConsumer) {
        self.init(
            name: stored.name, cursor: stored.cursor, behind: stored.behind, madeAt: stored.madeAt.text)
    }
}

extension ResultsReport {
    init(_ stats: ResultStats) {
        self.init(
            rows: stats.rows, bytes: stats.bytes, begins: stats.begins, head: stats.head,
            consumers: stats.consumers.map { ConsumerRecord($0) })
    }
}

extension ControlError {
    init(_ fault: ResultFault) {
        switch fault {
        case .off:
            self.init(
                status: 404, code: ProblemCode.resultsOff, detail: "there is no result feed",
                hint: "output.results in the configuration keeps none of it: a bound there is 0")
        case .gone(let begins):
            self.init(
                status: 410, code: ProblemCode.resultsGone,
                detail: "results after that one are gone: the feed begins after \(begins)",
                hint: "after=\(begins) goes on with what there is; output.results says how much is kept")
            after = begins
        case .unknownCursor(let head):
            self.init(
                status: 409, code: ProblemCode.unknownCursor,
                detail: "this is no place in this feed, whose last result is \(head)",
                hint: "a place of another database, or of one before it was restored, is none here; without after the "
                    + "feed is read from where it begins")
        case .unknownConsumer:
            self.init(
                status: 404, code: ProblemCode.notFound, detail: "no consumer has that name",
                hint: "PUT \(Routes.consumers)/NAME makes one")
        case .tooManyConsumers(let limit):
            self.init(
                status: 409, code: ProblemCode.tooManyConsumers,
                detail: "there are \(limit) consumers, as many as may be",
                hint: "DELETE \(Routes.consumers)/NAME removes one; \(Routes.status) lists them")
        }
    }
}
