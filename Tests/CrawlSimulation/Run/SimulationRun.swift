import CrawlCore
import CrawlFrontier
package import CrawlService
import CrawlTesting
import Synchronization

/// One seed: the real scheduler, loop, health machine and SQLite store against the plan's origins, on one thread with
/// virtual time, every step watched.
package struct SimulationRun {
    package struct Result: Sendable {
        package var seed: UInt64
        package var requests: Int
        package var alerts: Int
        package var marks: Int
        /// What operators did.
        package var hands: Int
        /// Of names.
        package var lookUps: Int
        /// Attempts that were no requests, because their names had no address.
        package var unsent: Int
        package var violation: Violation?
    }

    package var plan: WorldPlan
    /// Names of the invariants that count; empty = all.
    package var only: Set<String>
    /// Rules other than the defaults, for mutations.
    package var change: @Sendable (inout CrawlLoop.Settings) -> Void

    package init(
        plan: WorldPlan, only: Set<String> = [],
        change: @escaping @Sendable (inout CrawlLoop.Settings) -> Void = { _ in }
    ) {
        self.plan = plan
        self.only = only
        self.change = change
    }

    package func run() throws -> Result {
        let start = VirtualTime().now()
        let observer = Observer(plan: plan, start: start, only: only)
        let world = SimulatedWorld(plan: plan, start: start, observer: observer)
        var settings = CrawlLoop.Settings()
        let draws = Mutex(plan.seed)
        // Each process draws other numbers.
        settings.random = {
            SeededRandom(
                seed: draws.withLock { seed in
                    seed &+= 1_000_003; return seed
                })
        }
        if plan.softBlocks != .off {
            settings.rules.softBlock = SoftBlockRules(
                control: Int(WorldPlan.control), switches: plan.softBlocks == .switch)
        }
        change(&settings)
        var options = FrontierStore.Options()
        options.random = { [seed = plan.seed] in SeededRandom(seed: seed) }
        if !plan.hands.isEmpty { options.chunk = 5 }  // other commits come between the steps of what an operator does
        let watch = IncidentWatch(observer: observer, world: world)
        let unasked = UnaskedWatch(observer: observer)
        var names: (@Sendable (SimulatedResolver.Question) -> SimulatedResolver.Answer)?
        if plan.names != nil { names = { world.lookUp($0) } }
        let sinks = [SimulatedSink("log", SinkPlan(), observer), SimulatedSink("hook", plan.hook, observer)]
        let crawl = try VirtualCrawl(
            settings: settings, options: options, sinks: sinks, reminder: .hours(24), inMemory: true, keepsLog: false,
            onIncident: { watch.look() }, onUnasked: { unasked.note($0) },
            names: names,
            answer: { world.answer($0) })
        watch.store = crawl.store
        unasked.store = crawl.store
        watch.time = crawl.time
        for sink in sinks { sink.begin(crawl.time) }
        let hands = SimulatedOperator(plan: plan, observer: observer, time: crawl.time)
        hands.attend(crawl)
        world.operator = hands
        var nextSurvey: Int64 = 0
        enqueue(crawl)
        for origin in plan.origins {
            guard let id = try crawl.record(origin.url(0))?.id else { continue }
            unasked.learn(URLKey.origin(of: id), is: origin.number)
        }

        /// Runs until a steady moment, or to the first violation.
        func run(to end: Int64) throws {
            while observer.violation == nil {
                let now = observer.steady(crawl.time.now())
                guard now < end else { return }
                crawl.time.run(for: .milliseconds(min(60_000, end - now)))
                if let error = watch.error ?? unasked.error { throw error }
                guard hands.takeHasActed() || now >= nextSurvey else { continue }
                nextSurvey = now + Self.surveyEvery
                observer.committed(crawl.store, at: crawl.time.now())
                if observes("counts") { observer.surveyed(try Survey(crawl), at: crawl.time.now()) }
            }
        }

        for (at, what) in plan.disturbances {
            try run(to: at)
            guard observer.violation == nil else { break }
            switch what {
            case .jump(let step):
                crawl.time.jump(by: step)
                observer.jumped(by: step)
            case .stop(let pause):
                crawl.stop()
                observer.note("stopped", at: crawl.time.now())
                crawl.time.skip(pause)
                try restart(crawl, observer, world, watch)
                unasked.store = crawl.store
                hands.attend(crawl)
            case .pause(let length):
                observer.note("paused", at: crawl.time.now())
                crawl.loop.setPaused(true)
                crawl.time.run(for: length)
                crawl.loop.setPaused(false)
            case .kill(let pause):
                observer.killed(at: crawl.time.now())
                crawl.kill()
                crawl.time.skip(pause)
                try restart(crawl, observer, world, watch)
                unasked.store = crawl.store
                hands.attend(crawl)
            }
        }
        try run(to: Duration.hours(Double(plan.days) * 24).ms)
        if observer.violation == nil {
            observer.note("end", at: crawl.time.now())
            try observer.rested(crawl.store, scripts: world.scripts, isEnd: true)
        }
        let figures = observer.figures
        return Result(
            seed: plan.seed, requests: figures.requests, alerts: figures.alerts, marks: figures.marks,
            hands: figures.hands, lookUps: observer.nameFigures.lookUps, unsent: observer.nameFigures.unsent,
            violation: observer.violation)
    }

    /// Beside what an operator does.
    private static let surveyEvery: Int64 = 2 * 3_600_000

    private func observes(_ name: String) -> Bool { only.isEmpty || only.contains(name) }

    private func restart(
        _ crawl: VirtualCrawl, _ observer: Observer, _ world: SimulatedWorld, _ watch: IncidentWatch
    ) throws {
        observer.started(at: crawl.time.now())
        try crawl.restart()
        if observes("shared-rows") { observer.repaired(crawl.lastRepair, at: crawl.time.now()) }
        watch.store = crawl.store
        watch.look()
        try observer.rested(crawl.store, scripts: world.scripts, isEnd: false)
    }

    /// All of a link list comes at once; other pages have been known for a while and come in their turn.
    private func enqueue(_ crawl: VirtualCrawl) {
        var random = SeededRandom(seed: plan.seed ^ 0xe9)
        for origin in plan.origins {
            let isNew = random.chance(0.5)
            for page in 0..<origin.pages {
                var options = EnqueueOptions()
                options.recrawl = .every(origin.recrawl)
                let wait = isNew ? 0 : Int64.random(in: 0..<origin.recrawl.ms, using: &random)
                options.dueAt = crawl.start + .milliseconds(wait)
                crawl.enqueue([origin.url(page)], options: options)
            }
        }
    }
}
