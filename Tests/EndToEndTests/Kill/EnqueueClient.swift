import ControlAPI
import CrawlTesting

/// One of the clients that go on while the daemon is killed: hands in pages of its own, sometimes hands in a batch again
/// whose answer was lost, sometimes removes a page.
struct EnqueueClient {
    let number: Int
    let site: CrawledSite
    let api: DaemonAPI
    let acknowledged: Acknowledged
    var random: SeededRandom

    /// Until the task is cancelled.
    mutating func run() async {
        var page = 0
        var mine: [String] = []
        while !Task.isCancelled {
            let batch = (0..<random.int(1...24)).map { _ in
                page += 1
                return site.origins[random.int(0...(site.origins.count - 1))].url("/client\(number)/page\(page)")
            }
            if await enqueue(batch) {
                mine += batch
            } else if random.chance(0.5) {
                await passing(.milliseconds(40))
                if await enqueueAgain(batch) { mine += batch }
            }
            if random.chance(0.15), !mine.isEmpty { await remove(mine.remove(at: random.int(0...(mine.count - 1)))) }
            await passing(.milliseconds(random.int(20...120)))
        }
    }

    private func enqueue(_ batch: [String]) async -> Bool {
        acknowledged.note { for url in batch { $0.fates[url] = .unknown } }
        do {
            let answer = try await api.enqueue(batch)
            acknowledged.note { content in
                content.enqueues += 1
                for url in batch { content.fates[url] = .enqueued }
                if answer.new != batch.count || answer.known + answer.rejected != 0 {
                    content.faults.append("new pages answered with \(answer)")
                }
            }
            return true
        } catch {
            note(error)
            return false
        }
    }

    /// Of a lost answer any part may have been committed.
    private func enqueueAgain(_ batch: [String]) async -> Bool {
        do {
            let answer = try await api.enqueue(batch)
            acknowledged.note { content in
                content.enqueues += 1
                for url in batch { content.fates[url] = .enqueued }
                if answer.new + answer.known != batch.count {
                    content.faults.append("pages handed in again answered with \(answer)")
                }
            }
            return true
        } catch {
            note(error)
            return false
        }
    }

    private func remove(_ url: String) async {
        acknowledged.note { $0.fates[url] = .removing }
        do {
            let affected = try await api.remove(url)
            acknowledged.note {
                $0.fates[url] = .removed
                $0.removals += 1
                if affected != 1 { $0.faults.append("removing \(url) affected \(affected)") }
            }
        } catch {
            note(error)
            if let refused = error as? DaemonAPI.Refused, refused.status == 404 {
                acknowledged.note { $0.faults.append("acknowledged, then unknown: \(url)") }
            }
        }
    }

    /// No answer is no fault; an answer that is none of the daemon's documented ones is.
    private func note(_ error: any Error) {
        acknowledged.note { content in
            content.lostAnswers += 1
            if let refused = error as? DaemonAPI.Refused, refused.status != 503 {
                content.faults.append("an answer was \(refused)")
            }
        }
    }
}
