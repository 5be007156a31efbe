/// What one answer for a robots.txt leads to: everything the store has to write, decided.
package struct RobotsChange: Sendable {
    package var origin: Int64
    /// As leased, see `OriginRobots.version`.
    package var version: Int64
    /// The origin's record was changed by hand since the request: nothing counts but `block`.
    package var isVoid = false
    /// When the answer was complete.
    package var at: Instant
    /// Somebody beside the origin's own URLs waits for it, see `Scheduler.wishRobots`.
    package var wasWished = false
    package var outcome: Outcome
    /// HTTP status; 0 = none.
    package var status: Int32
    /// See `RobotsReply.fault`.
    package var fault: RobotsFault?
    /// Sent for it, redirects too; 0 = another origin asked for both.
    package var requests = 0
    /// Of these, HTTP/2 requests that failed and were sent again over HTTP/1.1.
    package var repeats = 0
    /// nil = the copy stays.
    package var copy: Copy?
    package var hold: OriginRobots.Hold?
    package var health: HealthBox?
    package var dueAt: Instant?
    package var event: HealthMachine.Event?
    package var incident: ULID?
    /// Set with a mark.
    package var savedRate: SavedRate?
    /// Set with a mark that nothing but an edge's challenges led to: its origins share one incident.
    package var challenger: Edge?
    /// Of the origin that answered, which a redirect makes another one.
    package var block: (origin: Int64, block: OriginBlock)?

    package struct Copy: Sendable {
        /// As it came, cut at `RobotsSettings.bodyLimit`; empty = everything is allowed.
        package var text: [UInt8]
        package var expiresAt: Instant
        /// It lacks its end.
        package var isCut = false
        /// Where it was found after redirects; nil = where it was asked for.
        package var foundAt: String?

        package init(text: [UInt8], expiresAt: Instant, foundAt: String?) {
            self.text = text
            self.expiresAt = expiresAt
            self.foundAt = foundAt
        }
    }
}
