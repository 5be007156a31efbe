/// A request for the robots.txt of `origin`, sent to the origin that it lives under or was redirected to.
struct RobotsErrand {
    var origin: Int64
    var path: [UInt8]
    /// Redirects followed so far.
    var hops: Int
    /// Where they led; nil = none were.
    var foundAt: String?

    static let ownPath = Array("/robots.txt".utf8)
}
