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

    var nature: Nature { fault.nature }
}
