import DequeModule
import HeapModule

/// URLs that are asked once more because of their redirect: see `SecondAsk`. They are ordinary traffic, under delay,
/// blocks, robots.txt and budgets, and have their origin's next turn, or the one after Retry-After of the redirect that
/// leads back.
///
/// | the redirect | the URL meanwhile | asked with |
/// |---|---|---|
/// | leads to the URL itself, spelled in another way than it was asked | due then | that spelling, and cookies it set |
/// | leads to itself, with cookies | as the redirect leaves it | those |
/// | closes a chain of at most three, with cookies on the way | as its own redirect left it | those |
extension Scheduler {
    /// A redirect that was not itself the answer to a second ask. Returns whether the URL is due once more for it.
    mutating func noteRedirect(
        _ redirect: Redirect, _ verdict: inout Verdict, _ flight: Flight, _ result: FetchResult, now: Instant
    ) -> Bool {
        guard flight.role == .url, !verdict.isOnlyLook, let details = result.details,
            let source = details.requestURL.flatMap({ Self.url($0, of: flight.origin) })
        else { return false }
        let notBefore = max(verdict.at, verdict.targetDueAt ?? verdict.at)
        var cookies: String?
        if rules.chainCookies {
            let hop = ChainCookies.Hop(
                id: verdict.id, generation: verdict.generation, status: verdict.status, source: source,
                target: redirect.target, setCookies: details.setCookies)
            for back in chains.note(hop, now: now) {
                // The first URL may have its page before this is stored, and would look like any other target.
                verdict.redirectProblem = .loop
                if back.id == verdict.id { cookies = back.cookies } else { ask(back, notBefore: notBefore, now) }
            }
        }
        var second = SecondAsk(
            id: verdict.id, generation: verdict.generation, status: verdict.status, cookies: cookies,
            notBefore: notBefore, until: now + SecondAsks.lifetime)
        guard second.notBefore < second.until else { return false }  // it would be forgotten by then
        if let spelling = details.respelling, redirect.target == source, verdict.health == nil {
            second.spelling = spelling
            second.redirect = redirect
            guard seconds.add(second, now: now) else { return false }
            verdict.state = .scheduled
            verdict.dueAt = notBefore
            return true
        }
        if cookies != nil { seconds.add(second, now: now) }  // it has its turn when the redirect is stored
        return false
    }

    /// The first URL of a chain, which was stored long ago.
    private mutating func ask(_ back: ChainCookies.Return, notBefore: Instant, _ now: Instant) {
        let second = SecondAsk(
            id: back.id, generation: back.generation, status: back.status, cookies: back.cookies, notBefore: notBefore,
            until: back.until)
        guard second.notBefore < second.until, seconds.add(second, now: now), !isOutstanding(back.id) else { return }
        let active = activate(URLKey.origin(of: back.id))
        active.queueSecond(back.id, from: notBefore, now)
        rest(active, now: now)
    }

    /// What of the request is not as the URL has it; nil = nothing. `isPlain`: not asked for its own sake.
    mutating func asking(
        _ url: LeasedURL, _ path: ArraySlice<UInt8>, isPlain: Bool, _ now: Instant
    ) -> Asking? {
        let second = isPlain ? nil : seconds.take(url, now)
        guard second != nil || url.content?.content.askedAs != nil else { return nil }
        let wanted = second?.spelling ?? url.content?.content.askedAs
        let askedAs = wanted.flatMap { Self.isSendable($0) && !$0.utf8.elementsEqual(path) ? $0 : nil }
        return askedAs == nil && second == nil ? nil : Asking(askedAs: askedAs, second: second)
    }

    /// What the store gave is read, not trusted: it has to be a path, and nothing that would end a request line.
    private static func isSendable(_ path: String) -> Bool {
        path.utf8.first == UInt8(ascii: "/") && path.utf8.count <= CrawlURL.maxLength
            && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }
    }

    /// nil = none has its turn now.
    mutating func serveSecond(_ active: ActiveOrigin, _ now: Instant, _ batch: inout FetchBatch) -> Need? {
        active.takeReadySeconds(now)
        guard active.hasSecond, active.ordinaryFrom <= now else { return nil }
        if let (url, path) = active.second {
            active.second = nil
            if !seconds.wants(url, now) {
                seconds.remove(url.id)
            } else if let refusal = refusal(of: path[...], active) {
                seconds.remove(url.id)
                refuse(url, of: active, refusal, now)
            } else if !isOutstanding(url.id), mayAsk(url.id, now) {
                if active.hasLeased(url.id) { drop(active, now: now) }  // it would be asked once more
                start(url, of: active, path: path[...], now, &batch)
                return .started
            }
        }
        while let id = active.seconds.popFirst() {
            // What is on its way comes back when it is stored.
            guard seconds.isReady(id, now), !isOutstanding(id), mayAsk(id, now) else { continue }
            var request = LeaseRequest(origin: active.id, now: now, limit: 0, healthLimit: 0, probe: id)
            request.isSecond = true
            return lease(request, for: active)
        }
        return nil
    }

    mutating func leasedSecond(_ lease: Lease, for request: LeaseRequest, _ active: ActiveOrigin, now: Instant) {
        if !lease.originKey.isEmpty { active.key = lease.originKey }
        guard let url = lease.probe, seconds.wants(url, now), active.second == nil else {
            if let id = request.probe { seconds.remove(id) }  // it is gone, was revived, or is in trouble of its own
            return
        }
        let path = lease.arena[clamped: url.pathOffset..<(url.pathOffset + url.pathLength)]
        active.second = (url, Array(path))
    }

    /// The second request met a limit of our own machine: the URL is as due for it as before.
    mutating func unasked(_ second: SecondAsk, _ url: LeasedURL, _ result: FetchResult, now: Instant) -> Verdict {
        seconds.add(second, now: now)
        var verdict = Verdict(
            id: url.id, generation: url.generation, leasedDueAt: nil, stateBefore: url.state, state: url.state,
            outcome: .inconclusive, status: 0, at: result.completedAt, hadHealth: url.health != nil)
        verdict.isOnlyLook = true
        return verdict
    }

    /// The second answer is no page: the URL stays as its redirect left it.
    func unanswered(
        _ second: SecondAsk, _ url: LeasedURL, _ result: FetchResult, block: OriginBlock?
    ) -> Verdict {
        var verdict = Verdict(
            id: url.id, generation: url.generation, leasedDueAt: url.isHealthTraffic || !url.isDue ? nil : url.dueAt,
            stateBefore: url.state, state: .scheduled, outcome: .redirected, status: second.status,
            at: result.completedAt, hadHealth: url.health != nil)
        verdict.originBlock = block
        if result.requests > 1 { verdict.repeats = result.requests - 1 }
        guard let redirect = second.redirect else {
            verdict.isOnlyLook = true
            return verdict
        }
        verdict.redirect = redirect
        settleRecrawl(&verdict, url)
        return verdict
    }

    /// nil = the text is no URL of the origin.
    private static func url(_ text: String, of active: ActiveOrigin) -> CrawlURL? {
        guard !active.key.isEmpty, text.utf8.starts(with: active.key) else { return nil }
        return CrawlURL(canonical: text.utf8, originLength: active.key.count)
    }

    mutating func forgetCookies() {
        chains.removeAll()
        seconds.dropCookies()
    }
}

extension ActiveOrigin {
    /// A URL that may be asked once more from `moment` on.
    func queueSecond(_ id: Int64, from moment: Instant, _ now: Instant) {
        if moment <= now { seconds.append(id) } else { laterSeconds.insert(LaterSecond(id: id, notBefore: moment)) }
    }

    func takeReadySeconds(_ now: Instant) {
        while let next = laterSeconds.min, next.notBefore <= now {
            laterSeconds.removeMin()
            seconds.append(next.id)
        }
    }

    /// The wall clock was set.
    func moveSeconds(by step: Duration) {
        guard !laterSeconds.isEmpty else { return }
        laterSeconds = Heap(laterSeconds.unordered.map { LaterSecond(id: $0.id, notBefore: $0.notBefore + step) })
    }

    /// Among what is leased and not yet asked.
    func hasLeased(_ id: Int64) -> Bool {
        leased[head...].contains { $0.id == id } || leasedHealth[healthHead...].contains { $0.id == id }
            || oldest[oldestHead...].contains { $0.id == id }
    }
}

/// A URL that is to be asked once more, and not yet.
struct LaterSecond: Comparable {
    var id: Int64
    var notBefore: Instant
    static func < (a: LaterSecond, b: LaterSecond) -> Bool { (a.notBefore, a.id) < (b.notBefore, b.id) }
}
