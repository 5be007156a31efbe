/// How a body came to its end.
package enum CodingEnd: Sendable, Hashable {
    /// Every coding ended where it says itself that it ends; a body without one is always whole.
    case whole
    /// A coding lacks its end: what came out before is a true beginning.
    case cut
    /// A coding is broken midway, or its checksum is wrong: what came out is the beginning of something.
    case damaged
    /// More would have come out than was asked for, or more went in than could be worth it.
    case overLimit
}
