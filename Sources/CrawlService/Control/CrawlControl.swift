package import ControlAPI
package import CrawlCore

/// What the control server asks of the daemon. Every method may throw a `ControlError`, which becomes the answer;
/// any other error becomes a 500 that names nothing.
package protocol CrawlControl: ResultControl, ContentControl {
    /// Returns after the commit. Batches of one body come one after the other, never two at once.
    func enqueue(_ batch: EnqueueBatch) async throws -> EnqueueReceipt

    /// nil = unknown URL.
    func record(_ url: CrawlURL) async throws -> URLRecord?

    /// Why it is not being fetched; nil = unknown URL.
    func explain(_ url: CrawlURL) async throws -> Explanation?

    /// `state` is a `URLState`, `origin` a canonical origin, `after` the `next` of an earlier page; nil = all, or from
    /// the beginning. `limit` is 1…`Routes.maxLimit`.
    func list(state: String?, origin: String?, after: String?, limit: Int) async throws -> Page<URLRecord>

    /// Makes broken, held and soft-blocked URLs due again.
    func revive(_ target: ControlTarget) async throws -> RevivedAnswer

    /// The same for what an incident is about; nothing is done if it is over.
    func revive(_ incident: IncidentName) async throws -> RevivedAnswer

    /// The same for all open incidents of that cause.
    func revive(cause: String) async throws -> RevivedAnswer

    /// Forgets URLs; returns how many.
    func remove(_ target: ControlTarget) async throws -> Int

    /// nil = unknown origin.
    func origin(_ key: String) async throws -> OriginRecord?

    /// `cause` nil = of any.
    func incidents(openOnly: Bool, cause: String?, after: String?, limit: Int) async throws -> Page<IncidentRecord>

    func incident(_ name: IncidentName) async throws -> IncidentStory

    func sitemaps(openOnly: Bool, after: String?, limit: Int) async throws -> Page<SitemapRecord>

    /// `openOnly`: with a delivery that waits.
    func alerts(openOnly: Bool, after: String?, limit: Int) async throws -> Page<AlertRecord>

    func status() async throws -> StatusReport

    /// Stored, survives a restart. On a full disk it holds at once and is stored when there is room.
    func setPaused(_ paused: Bool) async throws

    /// What is wrong with the daemon.
    func health() async -> HealthAnswer
}

/// What a delete or a revive is about.
package enum ControlTarget: Hashable, Sendable {
    case url(CrawlURL)
    /// Canonical: `scheme://host[:port]`.
    case origin(String)
}

/// Some rows of a longer list. Which ones is known, what stands in them is read when it is wanted: a page may be sent over
/// minutes.
package struct Page<Row: Sendable>: Sendable {
    /// Rows, at most: some may be gone, or no longer what was asked for, when they are read.
    package var count: Int
    /// Cursor of the next page, visible ASCII; nil = this is the last.
    package var next: String?
    /// The rows at the first of those places, in their order, about as many as fit into so many bytes of JSON: reading
    /// ends with the row that passes them. No transaction stays open between two calls.
    package var read: @Sendable (_ places: Range<Int>, _ bytes: Int) async throws -> Rows

    package struct Rows: Sendable {
        package var rows: [Row]
        /// Places that were looked at, at least one.
        package var taken: Int

        package init(_ rows: [Row], taken: Int) {
            self.rows = rows
            self.taken = taken
        }
    }

    package init(
        count: Int, next: String?, read: @escaping @Sendable (_ places: Range<Int>, _ bytes: Int) async throws -> Rows
    ) {
        self.count = count
        self.next = next
        self.read = read
    }

    /// Rows that are at hand.
    package init(rows: [Row], next: String? = nil) {
        self.init(count: rows.count, next: next) { places, _ in Rows(Array(rows[places]), taken: places.count) }
    }
}
