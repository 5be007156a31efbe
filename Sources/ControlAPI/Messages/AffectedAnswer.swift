/// How many URLs a delete or a revive changed.
package struct AffectedAnswer: Codable, Sendable, Hashable {
    package var affected: Int

    package init(affected: Int) { self.affected = affected }
}
