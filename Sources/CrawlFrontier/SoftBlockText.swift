import CrawlCore
import Foundation

/// What is known of a soft block, as JSON. What cannot be read is forgotten.
struct SoftBlockText: Codable {
    private enum Kind: String, Codable {
        case proof, unproven, parked, blocked, switched
    }

    private var kind: Kind
    private var incident: String?
    private var outcome: UInt8?
    private var step: UInt8?
    private var address: String?
    private var proxy: UInt16?
    private var begunAt: Int64?

    init(_ softBlock: SoftBlock) {
        switch softBlock {
        case .proof(let proof):
            kind = .proof
            outcome = proof.outcome.rawValue
            step = proof.step.rawValue
            address = proof.address.description
            proxy = proof.proxy
            begunAt = proof.begunAt.ms
        case .unproven(let outcome):
            kind = .unproven
            self.outcome = outcome.rawValue
        case .blocked(let incident, let isSwitched):
            kind = isSwitched ? .blocked : .parked
            self.incident = incident.description
        case .switched: kind = .switched
        }
    }

    var text: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }

    static func read(_ bytes: UnsafeBufferPointer<UInt8>) -> SoftBlock? {
        guard !bytes.isEmpty else { return nil }
        return (try? JSONDecoder().decode(SoftBlockText.self, from: Data(bytes)))?.softBlock
    }

    private var softBlock: SoftBlock? {
        switch kind {
        case .proof:
            guard let outcome = outcome.flatMap({ Outcome(rawValue: $0) }), let begunAt,
                let step = step.flatMap({ SoftBlockProof.Step(rawValue: $0) }),
                let address = address.flatMap({ IPAddress($0.utf8) })
            else { return nil }
            return .proof(
                SoftBlockProof(
                    step: step, outcome: outcome, address: address, proxy: proxy, begunAt: HealthRow.time(begunAt)))
        case .unproven: return outcome.flatMap { Outcome(rawValue: $0) }.map { .unproven($0) }
        case .parked: return incident.flatMap { ULID($0) }.map { .blocked($0, isSwitched: false) }
        case .blocked: return incident.flatMap { ULID($0) }.map { .blocked($0, isSwitched: true) }
        case .switched: return .switched
        }
    }
}
