/// The product token by which a group is found (RFC 9309 §2.2.1).
///
/// The RFC's identifier is letters, `_` and `-`, and a file's token must be ours, whatever the case: neither a part of it
/// nor more than it. What follows the identifier in a line (`crawld/2.0`, `crawld (any)`) is not part of it, as common
/// parsers have it. Digits count as letters here, so that `crawld2` is somebody else.
struct RobotsToken: Hashable {
    /// In lower case; `*` for everybody; empty for a line that names nobody.
    let bytes: [UInt8]

    static let everybody = RobotsToken(bytes: [UInt8(ascii: "*")])

    private init(bytes: [UInt8]) { self.bytes = bytes }

    init(_ value: UnsafeBufferPointer<UInt8>) {
        if value.first == UInt8(ascii: "*"), value.count == 1 || RobotsRecord.isBlank(value[1]) {
            self = .everybody
            return
        }
        var bytes: [UInt8] = []
        for byte in value {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): bytes.append(byte | 0x20)
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                bytes.append(byte)
            default:
                self.bytes = bytes
                return
            }
        }
        self.bytes = bytes
    }
}
