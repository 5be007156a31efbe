import CrawlCore

/// What turns our request away and serves the control profile, as the requests show.
struct SoftBlocks: Sendable {
    /// Ours, control, ours, of one URL.
    struct Proof: Sendable {
        var before: Answer?
        var control: Answer
        var after: Answer?
    }

    struct Block: Sendable {
        /// Of a whole origin its robots.txt.
        var target: Target
        var isWhole: Bool
        var cause: String
        var at: Int64

        func covers(_ other: Target) -> Bool { isWhole ? target.origin == other.origin : target == other }
    }

    /// The last of each URL.
    private(set) var proofs: [Target: Proof] = [:]
    /// As told.
    private(set) var blocks: [Block] = []
    private(set) var incidents: Set<String> = []
    private var areSwitched = false

    mutating func note(control answer: Answer, after before: Answer?) {
        proofs[answer.asked.target] = Proof(before: before, control: answer)
    }

    mutating func note(own answer: Answer, after before: Answer?) {
        let target = answer.asked.target
        guard proofs[target] != nil, proofs[target]?.after == nil else { return }
        proofs[target]?.after = answer
    }

    mutating func note(_ block: Block, _ incident: String, isSwitched: Bool) {
        blocks.append(block)
        incidents.insert(incident)
        areSwitched = isSwitched
    }

    func isSwitched(_ target: Target) -> Bool { areSwitched && isBlocked(target) }
    func isParked(_ target: Target) -> Bool { !areSwitched && isBlocked(target) }
    private func isBlocked(_ target: Target) -> Bool { blocks.contains { $0.covers(target) } }

    func told(of origin: Int) -> [Block] { blocks.filter { $0.target.origin == origin } }

    /// Pages that are parked each for itself, and for what.
    func parkedPages(of origin: Int) -> [Int: String] {
        guard !areSwitched else { return [:] }
        var pages: [Int: String] = [:]
        for block in blocks where block.target.origin == origin {
            if let page = block.target.page { pages[page] = block.cause }
        }
        return pages
    }

    /// A proof of the URL has begun and waits for our own answer.
    func isOpen(_ target: Target) -> Bool { proofs[target].map { $0.after == nil } ?? false }
}
