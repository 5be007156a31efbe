/// When a question is sent again, and for how long an answer is waited for.
///
/// | | |
/// |---|---|
/// | sent | at 0, 1 and 3 s, to the servers in turn |
/// | given up | at 7 s |
/// | REFUSED by all, or no socket | again after 0.25, 0.5, 1, 2 and 4 s |
/// | failed | looked up once more after 5 s |
package struct RetrySchedule: Sendable, Hashable {
    /// How long an answer is waited for after each sending; what comes later still counts. A question that is unanswered
    /// for the first of them is slow.
    package var steps: [Duration] = [.seconds(1), .seconds(2), .seconds(4)]
    /// Before a question is asked again that every server REFUSED, or for which our machine had no socket. After the last
    /// of them that is the finding.
    package var pauses: [Duration] = [
        .milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(4),
    ]
    /// How long the other family is waited for when one has given addresses (RFC 8305 §3).
    package var resolutionDelay = Duration.milliseconds(50)
    /// From a look-up that failed to the one that confirms it.
    package var confirmation = Duration.seconds(5)

    package init() {}
}
