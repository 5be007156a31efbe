import CrawlCore

/// Between the scheduler and the resolver.
extension CrawlLoop {
    /// Hands on what the step has left for the resolver, and for the judge.
    func lookUp() {
        guard let resolver else { return }
        if let questions = scheduler?.takeQuestions(), !questions.isEmpty { resolver.lookUp(questions) }
        guard let unasked = scheduler?.takeUnasked(), !unasked.isEmpty else { return }
        onUnasked(unasked)
        lane.async { self.received(unasked) }
    }

    func named(_ replies: [NameReply]) {
        lane.check()
        noticeJump()
        let now = clock.now()
        for reply in replies where reply.news != .slow { lookUps.note(at: now) }
        scheduler?.named(replies, now: now)
        step()
    }
}
