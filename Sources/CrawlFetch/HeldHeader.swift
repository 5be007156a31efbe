/// A header line that is not read yet, because the next one may be a part of it: a line that begins with a blank goes on
/// with the line before (obs-fold, RFC 9112 §5.2). libcurl 7.88 hands on each as it came.
///
/// Its memory is kept from line to line, and by hand, because every answer passes through it; what few lines need beyond
/// `usualLimit` is given back. `free` ends it.
struct HeldHeader {
    /// Bytes of a value; what is behind them is dropped, and `isCut` says so.
    static let usualLimit = 4096

    /// nil = none is held.
    private(set) var name: HeaderName?
    private(set) var isCut = false
    private var memory = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
    private var count = 0
    private var limit = 0

    /// Without the blanks around it; good until the next change.
    var value: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: memory[..<count]) }

    mutating func begin(_ name: HeaderName, _ value: UnsafeBufferPointer<UInt8>, limit: Int) {
        self.name = name
        self.limit = limit
        isCut = false
        count = 0
        reserve(1)  // an empty value is one, too, and has a place
        append(value)
    }

    /// The next line's part; in place of the line break and the blanks around it stands one blank.
    mutating func goOn(_ part: UnsafeBufferPointer<UInt8>) {
        guard name != nil, !part.isEmpty else { return }
        if count > 0, count < limit {
            reserve(count + 1)
            memory[count] = UInt8(ascii: " ")
            count += 1
        }
        append(part)
    }

    mutating func drop() {
        name = nil
        count = 0
        if memory.count > Self.usualLimit { free() }
    }

    mutating func free() {
        memory.deallocate()
        memory = UnsafeMutableBufferPointer(start: nil, count: 0)
        count = 0
    }

    private mutating func append(_ part: UnsafeBufferPointer<UInt8>) {
        let taken = min(part.count, limit - count)
        if taken < part.count { isCut = true }
        reserve(count + taken)
        _ = memory[count..<(count + taken)].update(fromContentsOf: part[..<taken])
        count += taken
    }

    /// Room for so many bytes, what is there included.
    private mutating func reserve(_ bytes: Int) {
        guard bytes > memory.count else { return }
        let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(bytes, 2 * memory.count, 256))
        _ = larger.update(fromContentsOf: memory[..<count])
        memory.deallocate()
        memory = larger
    }
}
