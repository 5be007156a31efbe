/// How many URLs a delete changed.
package struct AffectedAnswer: Codable, Sendable, Hashable {
    package var affected: Int

    package init(affected: Int) { self.affected = affected }
}
