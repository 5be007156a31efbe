/// When a page is asked for with validators (RFC 9110 §13.1) while an archive is written: only if its body stands there. Of a
/// page that was known before, a 304 would say that it is the same as a body that nobody has: it comes plainly, once.
package struct ArchiveRule: Sendable, Hashable {
    /// Since the record was made: older files may have been moved away, and nothing points at them.
    package var maxAge: Duration

    package init(maxAge: Duration = .seconds(30 * 86_400)) { self.maxAge = maxAge }

    func allowsValidators(_ archived: ArchivedResponse?, at now: Instant) -> Bool {
        archived.map { now - $0.at <= maxAge } ?? false
    }
}
