internal import CrawlCore

extension Resolver {
    /// A question that no server was asked for.
    func reply(_ question: NameQuestion, _ finding: NameAnswer.Finding) {
        count(finding)
        replies.append(
            NameReply(ticket: question.ticket, .done(NameAnswer(finding, begunAt: now, endedAt: now))))
    }

    /// What a look-up has found.
    func tell(_ slot: Int, _ askers: Askers) {
        guard !askers.isEmpty else { return }
        let answer = NameAnswer(flights[slot].look.finding, begunAt: flights[slot].begunAt, endedAt: now)
        count(answer.finding)
        askers.each { replies.append(NameReply(ticket: $0.ticket, .done(answer))) }
    }

    private func count(_ finding: NameAnswer.Finding) {
        done += 1
        if case .addresses = finding { return }
        failed += 1
    }

    /// All of a turn together.
    func handOver() {
        guard !replies.isEmpty, let shell else { return }
        let batch = replies
        replies.removeAll(keepingCapacity: batch.count <= Self.batchLimit)
        guard batch.count > Self.batchLimit else { return shell.deliver(batch) }
        var start = 0
        while start < batch.count {
            let end = min(start + Self.batchLimit, batch.count)
            shell.deliver(Array(batch[start..<end]))
            start = end
        }
    }
}
