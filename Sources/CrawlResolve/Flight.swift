internal import CrawlCore

/// A look-up under way, and who waits for it.
struct Flight {
    /// Where a family's question counts.
    enum Place: UInt8 {
        case none, window, slow
    }

    /// One more with each look-up that has this slot: what was meant for an earlier one is known by it.
    var stamp: UInt32
    var host = ""
    /// The host's hash.
    var name = 0
    var look: LookUp
    var begunAt = Instant(ms: 0)
    var askers = Askers()
    /// IPv4, IPv6.
    var places = (Place.none, Place.none)
    /// It is a control question for this public suffix.
    var suffix: String?
    var isFree = true

    subscript(_ family: Int) -> Place {
        get { family == 0 ? places.0 : places.1 }
        set { if family == 0 { places.0 = newValue } else { places.1 = newValue } }
    }

    func type(_ family: Int) -> UInt16 {
        if suffix != nil { return DNSMessage.soa }
        return family == 0 ? DNSMessage.a : DNSMessage.aaaa
    }
}

/// Who waits for one look-up; nearly always one.
struct Askers: Sendable {
    var first: NameQuestion?
    var others: [NameQuestion] = []

    init() {}

    init(_ question: NameQuestion) { first = question }

    var isEmpty: Bool { first == nil && others.isEmpty }

    var isJudged: Bool { first?.isJudged ?? false || others.contains { $0.isJudged } }

    mutating func add(_ question: NameQuestion) {
        if first == nil { first = question } else { others.append(question) }
    }

    func each(_ body: (NameQuestion) -> Void) {
        if let first { body(first) }
        for other in others { body(other) }
    }

    /// Takes out those who do not judge.
    mutating func takeUnjudged() -> Askers {
        var taken = Askers()
        var left = Askers()
        each { if $0.isJudged { left.add($0) } else { taken.add($0) } }
        self = left
        return taken
    }
}

/// Which sending of which question an answer is to, in 64 bits that c-ares carries.
struct SendingToken {
    var slot: Int
    var stamp: UInt32
    var family: Int
    var server: UInt8
    var sending: UInt8

    static let mostSlots = 1 << 24

    init(slot: Int, stamp: UInt32, family: Int, server: UInt8, sending: UInt8) {
        self.slot = slot
        self.stamp = stamp & 0xFF_FFFF
        self.family = family
        self.server = server
        self.sending = sending
    }

    init(_ bits: UInt64) {
        slot = Int(bits & 0xFF_FFFF)
        stamp = UInt32(truncatingIfNeeded: bits >> 24 & 0xFF_FFFF)
        sending = UInt8(truncatingIfNeeded: bits >> 48)
        server = UInt8(truncatingIfNeeded: bits >> 56 & 7)
        family = Int(bits >> 59 & 1)
    }

    var bits: UInt64 {
        UInt64(slot) & 0xFF_FFFF | UInt64(stamp) << 24 | UInt64(sending) << 48 | UInt64(server & 7) << 56
            | UInt64(family & 1) << 59
    }
}

/// What a moment is waited for.
struct Wake: Sendable {
    enum Kind: UInt8, Sendable {
        /// An answer to a sending.
        case answer
        /// The other family, for a short while.
        case delay
        /// The pause of a question that was REFUSED.
        case pause
        /// The second round.
        case confirm
    }

    var kind: Kind
    var family: UInt8
    var sending: UInt8
    var slot: UInt32
    var stamp: UInt32
}
