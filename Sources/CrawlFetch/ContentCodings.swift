/// The content codings of one answer, as its Content-Encoding lines name them (RFC 9110 §8.4). Pure.
///
/// One coding is undone, of those we offer. Two in a row multiply what a bomb can cost (each up to a thousandfold), and
/// all of that passes inside libcurl before the first byte that we could count.
struct ContentCodings {
    private var count = 0
    private var hasUnknown = false

    /// libcurl may be let decode the body.
    var canBeUndone: Bool { count <= 1 && !hasUnknown }

    /// A line's value.
    mutating func note(_ value: UnsafeBufferPointer<UInt8>) {
        for part in value.split(separator: UInt8(ascii: ",")) {
            let name = part.filter { $0 > 0x20 }.map { $0 | 0x20 }
            if name.isEmpty || Self.none.contains(name) { continue }
            count += 1
            if !Self.known.contains(name) { hasUnknown = true }
        }
    }

    private static let none = ["identity", "none"].map { Array($0.utf8) }
    private static let known = ["gzip", "x-gzip", "deflate", "br"].map { Array($0.utf8) }
}
