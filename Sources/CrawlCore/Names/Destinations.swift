/// The addresses that a request may go to: to the second only if the first cannot be connected to, and so on.
package struct Destinations: Sendable, Hashable {
    package var first: IPAddress
    package var second: IPAddress?
    package var third: IPAddress?
    /// It is what the URL has in place of a name.
    package var isLiteral = false
    /// Their time is over, and the name servers do not answer: what fails there says nothing of the site.
    package var isStale = false

    package init(_ first: IPAddress, _ second: IPAddress? = nil, _ third: IPAddress? = nil) {
        self.first = first
        self.second = second
        self.third = third
    }

    /// nil = there are not so many.
    package subscript(index: Int) -> IPAddress? {
        switch index {
        case 0: first
        case 1: second
        case 2: third
        default: nil
        }
    }
}
