/// A frontier cannot store something for what its rows are: a constraint, a value that does not fit, bytes that mean
/// nothing. Everything else can be stored, and trying the same again does not help soon.
package struct RowFault: Error, Hashable, Sendable, CustomStringConvertible {
    package var reason: String

    package init(reason: String) { self.reason = reason }

    package var description: String { reason }
}
