import ServiceLifecycle

/// The runner as a part of the service group.
struct SitemapService: ServiceLifecycle.Service {
    let runner: SitemapRunner
    let loop: CrawlLoop

    func run() async throws {
        runner.start(loop)
        try? await gracefulShutdown()
        await withCheckedContinuation { done in runner.stop { done.resume() } }
    }
}
