package import CrawlCore

/// When an answer is written as a revisit of another. Pure.
package struct RevisitRule: Sendable, Hashable {
    /// Smaller payloads are written again: the revisit would be as long.
    package static let leastPayload: Int64 = 512

    /// Files move away: nothing older is pointed at.
    package var maxAge: Duration

    package init(maxAge: Duration = .seconds(30 * 86400)) { self.maxAge = maxAge }

    package func isFresh(_ original: Original, at now: Instant) -> Bool { now - original.date <= maxAge }

    /// - Parameters:
    ///   - payload: the digest of the answer's body.
    ///   - own: the URL's last `response` that is synced in the same folder; nil = none is.
    ///   - find: of any URL, by the payload's digest.
    package func form(
        of exchange: Exchange, payload: RecordDigest, own: Original?, at now: Instant,
        find: (RecordDigest) -> Original?
    ) -> RecordForm {
        // Half a body says nothing of the other half, however equal the first may be.
        guard exchange.end == .whole else { return .response }
        if exchange.status == 304 {
            // Without validators of an original of ours none was asked for: it is written as it came.
            guard let own else { return .response }
            return .notModified(own)
        }
        guard exchange.body.count >= Self.leastPayload else { return .response }
        if let own, own.payloadDigest == payload, isFresh(own, at: now) { return .identicalPayload(own) }
        guard let other = find(payload), other.payloadDigest == payload, isFresh(other, at: now) else {
            return .response
        }
        return .identicalPayload(other)
    }

    /// Whether later answers may point at a record, once it is synced.
    package func mayBePointedAt(_ main: MainRecord) -> Bool {
        main.isResponse && main.isWhole && main.payloadBytes >= Self.leastPayload
    }
}
