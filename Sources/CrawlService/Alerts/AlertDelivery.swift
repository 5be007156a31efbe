/// How an attempt to hand an alert to a sink ended.
package enum AlertDelivery: Sendable, Hashable {
    /// The receiver took it.
    case delivered
    /// It is tried again later; the text says why this attempt failed.
    case failed(String)
    /// Never begun, or ended by us before its time: it counts as no attempt and stays pending as it was.
    case abandoned
}
