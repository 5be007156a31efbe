/// A header line that is not read yet, because the next one may be a part of it: a line that begins with a blank goes on
/// with the line before (obs-fold, RFC 9112 §5.2). libcurl 7.88 hands on each as it came.
///
/// Its memory is kept from line to line; what few lines need beyond `usualLimit` is given back.
struct HeldHeader {
    /// Bytes of a value; what is behind them is dropped, and `isCut` says so.
    static let usualLimit = 4096

    /// nil = none is held.
    private(set) var name: HeaderName?
    /// Without the blanks around it.
    private(set) var value: [UInt8] = []
    private(set) var isCut = false
    private var limit = 0

    mutating func begin(_ name: HeaderName, _ value: UnsafeBufferPointer<UInt8>, limit: Int) {
        self.name = name
        self.limit = limit
        isCut = false
        append(value)
    }

    /// The next line's part; in place of the line break and the blanks around it stands one blank.
    mutating func goOn(_ part: UnsafeBufferPointer<UInt8>) {
        guard name != nil, !part.isEmpty else { return }
        if !value.isEmpty, value.count < limit { value.append(UInt8(ascii: " ")) }
        append(part)
    }

    private mutating func append(_ part: UnsafeBufferPointer<UInt8>) {
        let room = limit - value.count
        if part.count > room { isCut = true }
        value.append(contentsOf: part.prefix(room))
    }

    /// Hands the value out for reading; `giveBack` has to follow.
    mutating func take() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &value)
        name = nil
        return taken
    }

    /// The memory of what was taken serves the next line.
    mutating func giveBack(_ taken: consuming [UInt8]) {
        value = taken
        drop()
    }

    mutating func drop() {
        name = nil
        value.removeAll(keepingCapacity: value.capacity <= Self.usualLimit)
    }
}
