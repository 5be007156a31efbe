import CrawlCore
import CrawlFrontier
import CrawlService
import CrawlTesting
import Synchronization

/// An operator at the control socket: acts through the writer's lane step by step, and tells the loop after each, as the
/// daemon does.
final class SimulatedOperator: Sendable {
    private struct State {
        var crawl: (store: FrontierStore, writer: FrontierWriter, loop: CrawlLoop, wakeAlerts: @Sendable () -> Void)?
        var random: SeededRandom
        var hasActed = false
    }

    private let plan: WorldPlan
    private let observer: Observer
    private let time: VirtualTime
    private let lane: any Lane
    private let state: Mutex<State>

    init(plan: WorldPlan, observer: Observer, time: VirtualTime) {
        self.plan = plan
        self.observer = observer
        self.time = time
        lane = time.lane("operator")
        state = Mutex(State(random: plan.hands.draws))
    }

    /// The process that runs; another one after each restart.
    func attend(_ crawl: VirtualCrawl) {
        state.withLock { $0.crawl = (crawl.store, crawl.writer, crawl.loop, crawl.wakeAlerts) }
    }

    /// Whether it has acted since the last call.
    func takeHasActed() -> Bool {
        state.withLock { state in
            defer { state.hasActed = false }
            return state.hasActed
        }
    }

    /// A request is sent; what is done beside it is drawn.
    func asked(_ target: Target, latency: Duration) {
        guard !plan.hands.isEmpty else { return }
        let standing = observer.standing(target.origin)
        let pages = plan.origins[target.origin].pages
        let drawn = state.withLock { state in
            plan.hands.beside(
                target, pages: pages, latency: latency.ms, standing: standing, &state.random)
        }
        guard let drawn else { return }
        _ = lane.at(time.now() + .milliseconds(drawn.after)) { [self] in act(drawn.hand) }
    }

    private func act(_ hand: Hand) {
        observer.handed(hand, at: time.now())
        state.withLock { $0.hasActed = true }
        let script = plan.origins[hand.origin]
        switch hand {
        case .remove(let target):
            change(.url(target), isRevival: false) { [self] in enqueueLater([target]) }
        case .removeOrigin(let origin):
            change(.origin(script.key), isRevival: false) { [self] in
                enqueueLater((0..<script.pages).map { Target(origin: origin, page: $0) })
            }
        case .revive(let target): change(.url(target), isRevival: true) {}
        case .reviveOrigin: change(.origin(script.key), isRevival: true) {}
        case .renew(let target): change(.url(target), isRevival: false) { [self] in enqueue([target]) }
        case .force(let target): enqueue([target], isForced: true)
        }
    }

    private enum What {
        case url(Target)
        case origin(String)
    }

    private func change(_ what: What, isRevival: Bool, done: @escaping @Sendable () -> Void) {
        let target: FrontierTarget
        switch what {
        case .origin(let key): target = .origin(key)
        case .url(let page):
            guard let url = VirtualCrawl.canonical(plan.origins[page.origin].url(page.page)) else { return }
            target = .url(url)
        }
        step(target, after: nil, isRevival: isRevival) { [self] in
            state.withLock { $0.crawl?.wakeAlerts }?()
            done()
        }
    }

    private func step(
        _ target: FrontierTarget, after: Int64?, isRevival: Bool, done: @escaping @Sendable () -> Void
    ) {
        guard let crawl = state.withLock({ $0.crawl }) else { return }
        crawl.writer.perform({ [store = crawl.store, time] _ in
            isRevival
                ? try store.revive(target, after: after, now: time.now())
                : try store.remove(target, after: after, now: time.now())
        }) { [self] result in
            observer.committed(crawl.store, at: time.now())
            guard case .success(let commit?) = result else { return done() }
            crawl.loop.changed(commit.rows) { [self] in
                guard let next = commit.next else { return done() }
                step(target, after: next, isRevival: isRevival, done: done)
            }
        }
    }

    private func enqueueLater(_ targets: [Target]) {
        let wait = state.withLock { $0.random.int(1...7200) }
        _ = lane.at(time.now() + .seconds(wait)) { [self] in enqueue(targets) }
    }

    private func enqueue(_ targets: [Target], isForced: Bool = false) {
        guard let crawl = state.withLock({ $0.crawl }) else { return }
        var batch = EnqueueBatch()
        var options = EnqueueOptions()
        options.force = isForced
        for target in targets {
            options.recrawl = .every(plan.origins[target.origin].recrawl)
            var url = plan.origins[target.origin].url(target.page)
            url.withUTF8 { bytes in
                guard let length = CanonicalForm.originLength(bytes) else { return }
                batch.append(bytes, originLength: length, options: options)
            }
        }
        crawl.writer.enqueue(batch) { [self] commit in
            observer.committed(crawl.store, at: time.now())
            crawl.loop.noteWork(commit.touched)
        } done: { _, _ in
        }
    }
}
