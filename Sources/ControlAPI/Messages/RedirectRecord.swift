/// One hop of a chain of redirects.
package struct RedirectRecord: Codable, Sendable, Hashable {
    /// HTTP status.
    package var status: Int
    /// The URL it leads to, which is a record of its own; null = none that can be crawled.
    @OrNull package var target: String?
    /// 301 and 308: the old URL is not asked again by itself.
    package var permanent: Bool
    /// `redirect-loop`, `too-many-redirects` or `no-target`: why it is not followed; null = it is.
    @OrNull package var problem: String?

    package init(status: Int, target: String?, permanent: Bool, problem: String?) {
        self.status = status
        _target = OrNull(wrappedValue: target)
        self.permanent = permanent
        _problem = OrNull(wrappedValue: problem)
    }
}
