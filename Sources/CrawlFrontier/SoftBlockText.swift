import CrawlCore

/// What is known of a soft block, in one text: what kind of knowledge, and then what there is to it, as `unproven 9` or
/// `proof 1 9 1800000000000 192.0.2.1`. What cannot be read is forgotten.
enum SoftBlockText {
    static func text(_ softBlock: SoftBlock) -> String {
        switch softBlock {
        case .proof(let proof):
            let proxy = proof.proxy.map { " \($0)" } ?? ""
            return "proof \(proof.step.rawValue) \(proof.outcome.rawValue) \(proof.begunAt.ms) \(proof.address)" + proxy
        case .unproven(let outcome): return "unproven \(outcome.rawValue)"
        case .blocked(let incident, let isSwitched): return (isSwitched ? "blocked " : "parked ") + incident.description
        case .switched: return "switched"
        }
    }

    /// Of `health h`, as SQL: the open incident; NULL = there is none.
    static let incident = """
        CASE WHEN h.soft_block LIKE 'parked %' THEN substr(h.soft_block, 8) \
        WHEN h.soft_block LIKE 'blocked %' THEN substr(h.soft_block, 9) END
        """

    static func read(_ words: [String]) -> SoftBlock? {
        guard let kind = words.first else { return nil }
        let second = words.count > 1 ? words[1] : ""
        switch kind {
        case "proof": return proof(words).map(SoftBlock.proof)
        case "unproven": return outcome(second).map(SoftBlock.unproven)
        case "parked": return ULID(second).map { .blocked($0, isSwitched: false) }
        case "blocked": return ULID(second).map { .blocked($0, isSwitched: true) }
        case "switched": return .switched
        default: return nil
        }
    }

    private static func proof(_ words: [String]) -> SoftBlockProof? {
        guard words.count == 5 || words.count == 6, let step = UInt8(words[1]).flatMap(SoftBlockProof.Step.init),
            let outcome = outcome(words[2]), let begunAt = Int64(words[3]), let address = IPAddress(words[4].utf8)
        else { return nil }
        var proxy: UInt16?
        if words.count == 6 {
            guard let number = UInt16(words[5]) else { return nil }
            proxy = number
        }
        return SoftBlockProof(
            step: step, outcome: outcome, address: address, proxy: proxy, begunAt: HealthRow.time(begunAt))
    }

    private static func outcome(_ word: String) -> Outcome? { UInt8(word).flatMap { Outcome(rawValue: $0) } }
}
