import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Synchronization
import Testing

/// What it costs to open and to close an origin's incident: the same few rows, however many URLs it has.
@Suite struct OriginWritesTests {
    static let start = VirtualTime().now()

    /// Who shows that the origin is broken.
    enum Witness: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case pages = "its pages"
        case robots = "its robots.txt"
        var testDescription: String { rawValue }
    }

    /// Looks at the store from inside the crawl.
    final class Watch: Sendable {
        struct Commit: Hashable {
            /// Rows that were inserted, changed or deleted.
            var rows: Int
            /// URLs that were never asked.
            var waiting: Int
            /// Those of them that it changed, if they were listed before it.
            var changed: Int
        }

        private struct State {
            var store: FrontierStore?
            var before = 0
            var asked: Set<String> = []
            var commits: [Commit] = []
            var waiting: [String] = []
        }

        private let state = Mutex(State())

        var commits: [Commit] { state.withLock { $0.commits } }

        func look(at store: FrontierStore) { state.withLock { $0.store = store } }

        /// Answers come at once: what is written from here to the next incident is the commit of this answer.
        func asked(_ url: String, lists: Bool) {
            state.withLock { state in
                guard let store = state.store else { return }
                state.asked.insert(url)
                if lists { state.waiting = Self.rows(store, but: state.asked) }
                state.before = (try? store.rowsWritten()) ?? .max
            }
        }

        func committed() {
            state.withLock { state in
                guard let store = state.store, let now = try? store.rowsWritten() else { return }
                let waiting = Self.rows(store, but: state.asked)
                let changed = Set(waiting).subtracting(state.waiting).count
                state.commits.append(Commit(rows: now - state.before, waiting: waiting.count, changed: changed))
            }
        }

        private static func rows(_ store: FrontierStore, but asked: Set<String>) -> [String] {
            var rows: [String] = []
            var after: Int64 = -1
            while let page = try? store.page(URLFilter(), after: after, limit: 1000) {
                rows += page.rows.filter { !asked.contains($0.url) }
                    .map { "\($0.id) \($0.state) \($0.dueAt?.ms ?? 0) \($0.attempts) \($0.health == nil)" }
                guard let next = page.next else { break }
                after = next
            }
            return rows
        }
    }

    /// An outage of 75 min, and the end of its incident.
    private func outage(of urls: Int, _ witness: Witness) throws -> Watch {
        let watch = Watch()
        let settings = GoldenTimelineTests.settings(delay: .seconds(1)) { $0.robots.obeys = witness == .robots }
        let crawl = try VirtualCrawl(settings: settings, onIncident: { watch.committed() }) { request in
            let since = request.at - Self.start
            // The first recheck is half an hour after the mark, and its confirmation closes: rows are listed for that alone.
            watch.asked(request.url, lists: since > .minutes(90) && since < .minutes(93))
            if since < .minutes(75) { return .init(status: 520) }
            return request.url.hasSuffix("/robots.txt") ? .text("") : .init(status: 200)
        }
        watch.look(at: crawl.store)
        crawl.enqueue((0..<urls).map { "http://a.test/page-\($0)" })
        crawl.time.run(until: Self.start + .minutes(91) + .seconds(30))
        let incidents = try crawl.store.incidents(openOnly: false, after: nil, limit: 10)
        #expect(incidents.map(\.facts.urlsAffected) == [urls])
        #expect(incidents.map(\.how) == ["recovered"])
        #expect(try crawl.store.stats().heldURLs == 0)
        return watch
    }

    @Test(
        "it opens and closes with the same few rows for 10 URLs and for 10,000, none of them a URL that only waits",
        arguments: Witness.allCases)
    func fewRows(_ witness: Witness) throws {
        let few = try outage(of: 10, witness).commits
        let many = try outage(of: 10_000, witness).commits
        #expect(few.count == 2, "it opens, and it closes")
        #expect(many.map(\.rows) == few.map(\.rows))
        #expect(many.allSatisfy { (1...30).contains($0.rows) }, "\(many.map(\.rows))")
    }

    @Test("URLs that return when the incident closes are left as they are", arguments: Witness.allCases)
    func returning(_ witness: Witness) throws {
        let watch = try outage(of: 500, witness)
        let closing = try #require(watch.commits.last)
        #expect(closing.waiting >= 480)
        #expect(closing.changed == 0)
    }
}
