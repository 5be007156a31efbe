/// What an invariant found.
struct Breach: Sendable {
    /// nil = it is no matter of one origin.
    var origin: Int?
    var text: String

    init(_ origin: Int?, _ text: String) {
        self.origin = origin
        self.text = text
    }
}
