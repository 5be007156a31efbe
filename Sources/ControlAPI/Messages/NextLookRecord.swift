/// When what is marked is looked at next.
package struct NextLookRecord: Codable, Sendable, Hashable {
    package var at: String
    /// What is asked then.
    package var url: String
    /// How long that is from the moment of the message, and by which rule.
    package var detail: String

    package init(at: String, url: String, detail: String) {
        self.at = at
        self.url = url
        self.detail = detail
    }
}
