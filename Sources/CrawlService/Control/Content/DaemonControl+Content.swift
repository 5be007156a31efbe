import ControlAPI
package import CrawlCore
import CrawlFrontier
import CrawlOutput

extension DaemonControl {
    package func content(_ url: CrawlURL, isRaw: Bool) async throws -> PageContent {
        let url = try await kept(url)
        guard try await read({ try $0.record(url) }) != nil else {
            throw ControlError.notFound("this URL is not known")
        }
        guard let place = try await place(of: url) else { throw ControlError.notArchived(pages.isArchiving, url) }
        let own = try await onContentLane { try RecordReader(folder: place.folder, place: place.place) }
        var (body, original) = (own, String?.none)
        if own.reader.facts.kind == .revisit {
            let found = try await self.original(of: own.reader.facts, url)
            (body, original) = (found.record, found.url.string)
        }
        return try await content(own: own.reader, body: body.reader, original, isRaw: isRaw)
    }

    private func place(of url: CrawlURL) async throws -> ArchivedPlace? {
        try await read { [find = pages.find] in try find($0, url) }
    }

    /// What a revisit is the same as, if that is still what its URL's page is.
    private func original(of facts: RecordFacts, _ url: CrawlURL) async throws -> (record: OpenRecord, url: CrawlURL) {
        let target = facts.originalURI.flatMap { uri in
            uri.withUnsafeBufferPointer { try? Canonicalizer.canonicalize($0).get() }
        }
        guard let target, let place = try await place(of: target) else { throw ControlError.originalGone(target, url) }
        let record = try await onContentLane { try RecordReader(folder: place.folder, place: place.place) }
        let its = record.reader.facts
        guard its.kind == .response, let digest = its.payloadDigest, digest == facts.payloadDigest else {
            throw ControlError.originalGone(target, url)
        }
        return (record, target)
    }

    private func content(
        own: RecordReader, body: RecordReader, _ original: String?, isRaw: Bool
    ) async throws -> PageContent {
        // The head of a revisit is the answer's that it was, and may tell less than the one that came with the body.
        let (head, bodyHead) = (AnswerHead(own.httpHead), AnswerHead(body.httpHead))
        let reading = ContentReading(PageBody(body, bodyHead, isRaw: isRaw, limit: pages.maxBody))
        while try await onLane({ try reading.measure() }) { try Task.checkCancellation() }
        var content = PageContent(head: own.httpHead, count: reading.count) { [self] bytes in
            try await onLane { try reading.next(bytes) }
        }
        content.status = head.status
        content.contentType = head.contentType ?? bodyHead.contentType
        content.codings = reading.codings
        content.date = own.facts.date
        content.original = original
        if let truncated = body.facts.truncated { content.cut.append(truncated) }
        switch reading.end {
        case .limit: content.cut.append("limit")
        // A body that came in part has half a coding, and that is said.
        case .coding where body.facts.truncated == nil: content.cut.append("coding")
        case .coding, .whole, nil: break
        }
        return content
    }

    private func onContentLane(_ open: @escaping @Sendable () throws -> RecordReader) async throws -> OpenRecord {
        try await onLane { OpenRecord(reader: try open()) }
    }

    private func onLane<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { [contentLane] continuation in
            contentLane.async {
                continuation.resume(
                    with: Result { try work() }.mapError { error in
                        (error as? ReadFailure).map { ControlError($0) as any Error } ?? error
                    })
            }
        }
    }
}

/// `@unchecked Sendable`: its facts never change, and the rest is asked of on the lane that archives are read on.
private struct OpenRecord: @unchecked Sendable {
    let reader: RecordReader
}

extension ControlError {
    fileprivate static func notArchived(_ isArchiving: Bool, _ url: CrawlURL) -> ControlError {
        guard isArchiving else {
            return ControlError(
                status: 404, code: ProblemCode.notArchived, detail: "pages are not kept: there is no archive",
                hint:
                    "output.warc.dir in the configuration names a directory for one; what is fetched from then on lies there"
            )
        }
        return ControlError(
            status: 404, code: ProblemCode.notArchived,
            detail:
                "its page is in no archive: it was not fetched since output.warc.dir was set, or no answer of it was one "
                + "that output.warc.store keeps",
            hint:
                "crawlctl explain \(url.string) says when it is asked for, crawlctl enqueue --force \(url.string) makes it due"
        )
    }

    /// `target` nil = nobody knows of what.
    fileprivate static func originalGone(_ target: CrawlURL?, _ url: CrawlURL) -> ControlError {
        ControlError(
            status: 404, code: ProblemCode.notArchived,
            detail:
                "its page was the same as that of \(target?.string ?? "another URL"), which is another one now or is no "
                + "longer known; the archive has it, under that URL",
            hint: "crawlctl enqueue --force \(url.string) has it fetched anew")
    }

    init(_ failure: ReadFailure) {
        switch failure {
        case .gone:
            self.init(
                status: 404, code: ProblemCode.notArchived, detail: failure.description,
                hint: "bring the file back, or have the page fetched anew with crawlctl enqueue --force")
        case .notARecord, .notWhole, .tooLarge, .noPlace:
            self.init(
                status: 404, code: ProblemCode.notArchived, detail: failure.description,
                hint: "crawlctl enqueue --force has the page fetched anew")
        case .call:
            self.init(
                status: 503, code: ProblemCode.storageFailed, detail: failure.description, retryAfter: .seconds(10))
        case .noMemory:
            self.init(status: 503, code: ProblemCode.busy, detail: failure.description, retryAfter: .seconds(1))
        }
    }
}
