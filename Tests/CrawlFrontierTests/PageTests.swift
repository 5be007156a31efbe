import CrawlCore
import CrawlFrontier
import CrawlTesting
import Testing

/// Listing: every row once, whatever the page size.
struct PageTests {
    private func pages(_ store: FrontierStore, _ filter: URLFilter, limit: Int) throws -> [String] {
        var urls: [String] = []
        var after: Int64 = 0
        for _ in 0..<10_000 {
            let page = try store.page(filter, after: after, limit: limit)
            #expect(page.rows.count <= limit)
            urls += page.rows.map(\.url)
            guard let next = page.next else { return urls }
            #expect(next > after)
            after = next
        }
        Issue.record("the pages do not end")
        return urls
    }

    @Test("a cursor visits every row exactly once, with any filter", arguments: [1, 2, 3, 7, 50, 1000])
    func cursor(limit: Int) throws {
        let folder = try FrontierFolder()
        let store = try folder.openKeyed()
        let paths = (0..<25).map { "/\($0)" } + Collision.same + Collision.chain
        let urls = (0..<4).flatMap { o in paths.map { "https://o\(o).example" + $0 } }
        try store.enqueue(urls)
        var broken: Set<String> = []
        for o in 0..<4 {
            let lease = try store.lease("https://o\(o).example")
            for (i, url) in lease.urls.enumerated() where i % 6 == o {
                broken.insert("https://o\(o).example" + lease.path(url))
                try store.complete([url.marked(.numbered(o * 100 + i), recheck: nil)], drained: [], now: at(1))
            }
        }
        func expectPages(_ filter: URLFilter, _ expected: [String]) throws {
            #expect(try pages(store, filter, limit: limit).sorted() == expected.sorted())
        }
        try expectPages(URLFilter(), urls)
        try expectPages(URLFilter(state: .scheduled), urls.filter { !broken.contains($0) })
        try expectPages(URLFilter(state: .brokenOrigin), Array(broken))
        try expectPages(URLFilter(state: .gone), [])
        for o in 0..<4 {
            let key = "https://o\(o).example"
            try expectPages(URLFilter(origin: key), urls.filter { $0.hasPrefix(key) })
            try expectPages(URLFilter(state: .brokenOrigin, origin: key), broken.filter { $0.hasPrefix(key) })
        }
        try expectPages(URLFilter(origin: "https://nobody.example"), [])
    }

    @Test("rows are read up to the bytes allowed, short ones and then long ones")
    func bytes() throws {
        let folder = try FrontierFolder()
        let store = try folder.openKeyed()
        let long = "\"" + String(repeating: "m", count: 12_000) + "\""
        try store.enqueue((0..<100).map { "https://a.example/\($0)" })
        try store.enqueue((0..<100).map { "https://b.example/\($0)" }, EnqueueOptions { $0.meta = long })
        let keys = try store.pageKeys(URLFilter(), after: -1, limit: 1000).keys
        let read = try store.records(keys, within: 128 << 10)
        #expect(read.rows.count == read.taken && (100...111).contains(read.taken), "\(read.taken)")
        #expect(try store.records(Array(keys[100...]), within: 1).taken == 1)
        #expect(try store.records(keys, within: .max).taken == 200)
        #expect(try store.records([], within: 1).taken == 0)
    }

    @Test("a page looks at no more than 20 rows for each it may return")
    func bounded() throws {
        let folder = try FrontierFolder()
        let store = try folder.openKeyed()
        try store.enqueue((0..<100).map { "https://a.example/\($0)" })
        let page = try store.page(URLFilter(state: .gone), after: 0, limit: 2)
        #expect(page.rows.isEmpty)
        #expect(page.next != nil)
    }
}
