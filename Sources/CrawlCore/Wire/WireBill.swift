/// What a peer may send over one connection beside its answers: chunk sizes, frames, records, handshakes, and whatever else
/// reaches none of our callbacks and so is in no other limit.
///
/// | taken from the connection, of what its requests were handed | |
/// |---|---|
/// | up to twice as much, 256 KiB, and 32 KiB for each request beside the first | answers, wrapped up as they may be: a line of 80 bytes in a chunk and a TLS record of its own comes to 1.5 times as much |
/// | more | ended: `FetchResult.Flags.overhead` |
///
/// While a request's reader makes libcurl wait, bytes may lie in libcurl that nobody was handed: until a second after it
/// has gone on nothing is judged. We make readers wait ourselves, for milliseconds and again and again, see
/// `FetchWorker.goOn`: so that this is no way out for a peer, whoever has not been judged for `longest` is judged as he is.
/// What libcurl holds then is less than what is free: over HTTP/2 it has a buffer for each request, filled while it reads
/// for another one, and what a reader did not take.
package struct WireBill: Sendable {
    /// Bytes beside the answers that cost nothing: handshakes, and heads that are small when they are packed.
    package static let free: Int64 = 256 << 10
    /// Bytes that libcurl 7.88.1 may hold of a request beside others over HTTP/2: a buffer of 16 KiB that it reads into, and
    /// one that its reader did not take.
    package static let held: Int64 = 32 << 10
    /// A request that is younger is no reason to look; nor is a look sooner than that after the one before.
    package static let age: Duration = .seconds(1)

    /// Monotonic nanoseconds for which pauses can put the judgement off. No rest of ours is nearly as long.
    package static let longest: UInt64 = 5_000_000_000

    /// Requests whose readers make libcurl wait.
    private var paused = 0
    /// Monotonic nanoseconds.
    private var judgedFrom: UInt64 = 0
    /// Since when there was no moment at which it could be judged.
    private var unjudgedSince: UInt64 = 0

    package init() {}

    /// A reader wants no more for now. `now` in monotonic nanoseconds.
    package mutating func pause(_ now: UInt64) {
        if paused == 0, now >= judgedFrom { unjudgedSince = now }
        paused += 1
    }

    /// That reader goes on, or its request is over. `now` in monotonic nanoseconds.
    package mutating func goOn(_ now: UInt64) {
        precondition(paused > 0, "it was paused")
        paused -= 1
        judgedFrom = now + UInt64(Self.age.ms) * 1_000_000
    }

    /// More came than answers can explain. `taken` since the connection was opened, `handed` of all its requests,
    /// `requests` the most that were on it at a time.
    package func isOver(taken: Int64, handed: Int64, requests: Int, at now: UInt64) -> Bool {
        guard paused == 0 && now >= judgedFrom || now >= unjudgedSince + Self.longest else { return false }
        let (twice, overflow) = handed.multipliedReportingOverflow(by: 2)
        return !overflow && taken - Self.free - Int64(max(0, requests - 1)) * Self.held > twice
    }
}
