/// A request as `MisbehavingOrigin` got it.
package struct OriginRequest: Sendable {
    package var method: String
    /// Path with query.
    package var path: String
    /// Names in lower case.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// When its head was complete: milliseconds since 1970 by the wall clock.
    package var receivedAtMs: Int64
    /// Counts from 1: requests of one connection have the same number.
    package var connection: Int
    package var isHTTP2: Bool

    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
