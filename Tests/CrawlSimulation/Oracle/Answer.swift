import CrawlCore

/// A request as its origin saw it.
struct Asked: Sendable {
    var target: Target
    /// Wall clock, which may jump.
    var startedAt: Instant
    /// Milliseconds since the simulation's start, which never jump.
    var steady: Int64
    /// Which process sent it.
    var life: Int
    /// With validators.
    var isConditional = false
    /// As the control profile asks.
    var isControl = false
    /// For a proof: it is no request of the URL's own.
    var isProof = false
    /// What is wrong with the worker that asks; nil = nothing.
    var workerFault: String?
    /// Where it goes; nil = nobody has said.
    var sendsTo: Destinations?
    /// When it goes on to its second address, steady time; nil = it does not.
    var movesAt: Int64?
    /// No request: its name has no address.
    var isUnsent = false
}

/// Its answer.
struct Answer: Sendable {
    var asked: Asked
    var completedAt: Instant
    var steady: Int64
    /// Clock jumps before it was complete.
    var timeline: Int
    var fault: Fault
    var culprit: Culprit
    /// The daemon was killed right after: whether it was recorded is unknown.
    var isUncertain = false
    /// The origin was suspect: it may have been asked for the sake of the others, which is no observation of its own.
    var mayBeLook = false
    /// So many others of the origin failed that it may have had no slot.
    var mayWait = false
    /// An incident of the edge or of our line was open: what failed joins no mark, and is asked again later.
    var isGuarded = false

    var nature: Nature { fault.nature }

    /// It failed because it was asked with validators, or so it may be: the plain one that follows tells.
    var isHeldBack: Bool { asked.isConditional && fault.isSent && nature.isBad }
}
