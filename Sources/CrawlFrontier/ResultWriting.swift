import CrawlCore
import GRDB

/// The feed's rows of one commit, inside its transaction.
struct ResultWriting {
    private let db: Database
    private let limits: ResultLimits
    private let source: RawStatement
    private let insert: RawStatement
    /// Of the last row; nil = this commit has none yet.
    private var head: Int64?
    private var bytes: Int64 = 0
    private var written = 0
    private var files: ResultFiles

    /// Beside as many as it writes twice over, a commit takes at most so many old rows away.
    private static let trimmed = 200

    init(_ db: Database, _ limits: ResultLimits) throws {
        self.db = db
        self.limits = limits
        files = ResultFiles(db: db)
        source = try RawStatement(db, "SELECT path, priority FROM url WHERE id = ?")
        insert = try RawStatement(
            db,
            """
            INSERT INTO result (seq, url_id, path, at, answer, priority, changed, bytes, digest, content_type, redirect,
                event, warc_file, warc_offset, warc_length) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
    }

    /// After the URL's own row was written. What was not asked has no result, nor has a request that was made to prove
    /// something.
    mutating func append(_ verdict: Verdict) throws {
        guard verdict.wasAsked, !verdict.isControl else { return }
        source.bind(verdict.id, at: 1)
        defer { source.reset() }
        guard try source.step() else { return }
        let seq = try next()
        let received = verdict.received
        let digest = received?.digest ?? verdict.content?.digest
        let redirect = verdict.redirect?.target.string
        let path = source.bytes(0)
        insert.bind(seq, at: 1)
        insert.bind(verdict.id, at: 2)
        insert.bindText(path, at: 3)
        insert.bind(verdict.at.ms, at: 4)
        insert.bind(LastAnswer(verdict.outcome, status: verdict.status).stored, at: 5)
        insert.bind(source.int(1), at: 6)
        insert.bind((received?.isChanged).map { $0 ? 1 : 0 }, at: 7)
        insert.bind(received?.bytes ?? verdict.content?.bytes ?? 0, at: 8)
        insert.bind(digest, at: 9)
        insert.bindText(received?.contentType ?? [], at: 10)
        insert.bind(redirect, at: 11)
        insert.bind((ResultEvent(verdict)?.rawValue).map(Int64.init), at: 12)
        insert.bind(try received?.place.map { try files.number(of: $0.file, in: seq) }, at: 13)
        insert.bind(received?.place?.offset, at: 14)
        insert.bind(received?.place?.length, at: 15)
        try insert.run()
        let texts = path.count + (received?.contentType.count ?? 0) + (redirect?.utf8.count ?? 0)
        bytes += ResultFeed.rowBytes + Int64(texts) + (digest == nil ? 0 : 32)
        written += 1
    }

    private mutating func next() throws -> Int64 {
        if head == nil {
            head = try ResultFeed(db: db).head() ?? 0
            bytes = try ResultFeed(db: db).bytes()
        }
        head = (head ?? 0) + 1
        return head ?? 0
    }

    /// Takes away what is beyond the limits by now, a few rows more than were written. Returns the last number; nil = there
    /// is no new one.
    func finish(now: Instant) throws -> Int64? {
        guard let head else { return nil }
        try files.save()
        let feed = ResultFeed(db: db)
        let excess = try feed.excess(limits, head: head, bytes: bytes, now: now, atMost: 2 * written + Self.trimmed)
        if let last = excess.last { try feed.delete(through: last) }
        try feed.save(head: head, bytes: excess.last == head ? 0 : excess.bytes)
        return head
    }
}

/// What an answer began or ended; raw values never change.
package enum ResultEvent: UInt8, Sendable {
    case broken = 1
    case resolved = 2
    case softBlocked = 3

    init?(_ verdict: Verdict) {
        switch (verdict.event, verdict.softBlock) {
        case (.marked?, _): self = .broken
        case (.resolved?, _): self = .resolved
        case (nil, .opened?): self = .softBlocked
        default: return nil
        }
    }

    /// As alerts name it.
    package var name: String {
        switch self {
        case .broken: "broken-origin"
        case .resolved: "resolved"
        case .softBlocked: "soft-blocked"
        }
    }
}
