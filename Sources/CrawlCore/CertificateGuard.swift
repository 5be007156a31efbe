/// Whose fault a refused certificate is. One site's is its own; when every https origin asked has one, and none was
/// trusted since the first of them, it is our certificate store that is stale or wrong.
///
/// Pure; bounded by `origins`.
package struct CertificateGuard: Sendable {
    /// So many different origins have to be refused, with none trusted between.
    package static let origins = 5

    private var refused: Set<Int64> = []

    package init() {}

    /// The classification as it has to be read beside what the other origins answered.
    package mutating func judge(
        _ classification: Classification, _ result: FetchResult, origin: Int64
    ) -> Classification {
        guard classification.outcome == .tlsCertificate, result.curlCode != 0 else {
            // An edge's 526 says nothing of our store, a handshake that stood says that it works.
            if result.flags.contains(.tlsEstablished) { refused.removeAll() }
            return classification
        }
        if refused.count < Self.origins { refused.insert(origin) }
        guard refused.count >= Self.origins else { return classification }
        var ours = classification
        ours.outcome = .inconclusive
        return ours
    }
}
