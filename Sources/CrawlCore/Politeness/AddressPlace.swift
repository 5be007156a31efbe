/// Where a request is counted while it is in flight, see `AddressLimit`.
struct AddressPlace: Hashable {
    /// Where it goes; nil = libcurl finds the way, or it is not sent.
    let address: AddressKey?
    /// Where it came from, if what it went on to was full: it keeps that place too until its end.
    let held: AddressKey?

    init(_ address: AddressKey? = nil, held: AddressKey? = nil) {
        self.address = address
        self.held = held
    }
}
