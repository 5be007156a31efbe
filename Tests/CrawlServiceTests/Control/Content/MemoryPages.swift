import ControlAPI
import CrawlCore
import CrawlService
import Synchronization

/// Pages in memory, by URL.
final class MemoryPages: Sendable {
    struct Page: Sendable {
        var head = Array("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n".utf8)
        var body: [UInt8]
        /// In place of the body, when nothing is to be undone.
        var raw: [UInt8]?
        var codings: [String] = []
        var cut: [String] = []
        var original: String?
    }

    private struct State {
        var pages: [String: Result<Page, ControlError>] = [:]
        var reads: [Int] = []
        var failsAfter = Int.max
    }

    private let state = Mutex(State())

    /// Sizes of the pieces that were asked for.
    var reads: [Int] { state.withLock { $0.reads } }

    func set(_ url: String, _ page: Result<Page, ControlError>) { state.withLock { $0.pages[url] = page } }
    /// So many pieces are given, then an error.
    func fail(after pieces: Int) { state.withLock { $0.failsAfter = pieces } }

    func content(_ url: CrawlURL, isRaw: Bool) throws -> PageContent {
        guard let known = state.withLock({ $0.pages[url.string] }) else {
            throw ControlError.notFound("this URL is not known")
        }
        let page = try known.get()
        let body = isRaw ? page.raw ?? page.body : page.body
        let done = Mutex(0)
        var content = PageContent(head: page.head, count: Int64(body.count)) { [self] bytes in
            let number = state.withLock { state in
                state.reads.append(bytes)
                return state.reads.count
            }
            guard number <= state.withLock({ $0.failsAfter }) else { throw ControlError.unread() }
            return done.withLock { done in
                let piece = Array(body[done...].prefix(bytes))
                done += piece.count
                return piece
            }
        }
        content.status = 200
        content.contentType = "text/html"
        content.codings = isRaw ? ["gzip"] : page.codings
        content.date = Instant(ms: 0)
        content.cut = page.cut
        content.original = page.original
        return content
    }
}

extension MemoryControl {
    nonisolated func content(_ url: CrawlURL, isRaw: Bool) async throws -> PageContent {
        try pages.content(url, isRaw: isRaw)
    }
}
