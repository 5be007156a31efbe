/// What a peer may send over one connection beside its answers: chunk sizes, frames, records, handshakes, and whatever else
/// reaches none of our callbacks and so is in no other limit.
///
/// | taken from the connection, of what its requests were handed | |
/// |---|---|
/// | up to twice as much, and 256 KiB | answers, wrapped up as they may be: a line of 80 bytes in a chunk and a TLS record of its own comes to 1.5 times as much |
/// | more | ended: `FetchResult.Flags.overhead` |
///
/// While a request's reader makes libcurl wait, bytes may lie in libcurl that nobody was handed: until a second after it
/// has gone on nothing is judged.
package struct WireBill: Sendable {
    /// Bytes beside the answers that cost nothing: handshakes, and heads that are small when they are packed.
    package static let free: Int64 = 256 << 10
    /// A request that is younger is no reason to look; nor is a look sooner than that after the one before.
    package static let age: Duration = .seconds(1)

    /// Requests whose readers make libcurl wait.
    private var paused = 0
    /// Monotonic nanoseconds.
    private var judgedFrom: UInt64 = 0

    package init() {}

    /// A reader wants no more for now.
    package mutating func pause() { paused += 1 }

    /// That reader goes on, or its request is over. `now` in monotonic nanoseconds.
    package mutating func goOn(_ now: UInt64) {
        precondition(paused > 0, "it was paused")
        paused -= 1
        judgedFrom = now + UInt64(Self.age.ms) * 1_000_000
    }

    /// More came than answers can explain. `taken` since the connection was opened, `handed` of all its requests.
    package func isOver(taken: Int64, handed: Int64, at now: UInt64) -> Bool {
        guard paused == 0, now >= judgedFrom else { return false }
        let (twice, overflow) = handed.multipliedReportingOverflow(by: 2)
        return !overflow && taken - Self.free > twice
    }
}
