/// A JSON object, written member by member: for rows of which each failing answer writes some. Foundation's encoder takes
/// ten times as long, most of it to find out at run time what is known here.
struct JSONText {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    init() { bytes.reserveCapacity(512) }

    /// The object, ended.
    var text: String { String(decoding: bytes + [UInt8(ascii: "}")], as: UTF8.self) }

    /// `key` is ASCII without quotes and backslashes; nil leaves it out.
    mutating func add(_ key: StaticString, _ value: String?) {
        guard let value else { return }
        begin(key)
        write(value)
    }

    mutating func add(_ key: StaticString, _ value: (some FixedWidthInteger)?) {
        guard let value else { return }
        begin(key)
        write(Int64(clamping: value))
    }

    mutating func add(_ key: StaticString, _ value: Bool?) {
        guard let value else { return }
        begin(key)
        bytes += (value ? "true" : "false").utf8
    }

    mutating func add(_ key: StaticString, _ value: JSONText?) {
        guard let value else { return }
        begin(key)
        bytes += value.bytes
        bytes.append(UInt8(ascii: "}"))
    }

    mutating func add(_ key: StaticString, _ values: [UInt32]) {
        list(key, values) { $0.write(Int64($1)) }
    }

    mutating func add(_ key: StaticString, _ values: [String]) {
        list(key, values) { $0.write($1) }
    }

    /// As an object of its own, in the order of the names.
    mutating func add(_ key: StaticString, _ values: [String: Int]?) {
        guard let values else { return }
        begin(key)
        var mark = UInt8(ascii: "{")
        if values.isEmpty { bytes.append(mark) }
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            bytes.append(mark)
            mark = UInt8(ascii: ",")
            write(name)
            bytes.append(UInt8(ascii: ":"))
            write(Int64(value))
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func list<T>(_ key: StaticString, _ values: [T], _ write: (inout Self, T) -> Void) {
        begin(key)
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(&self, value)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func begin(_ key: StaticString) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        bytes += UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func write(_ value: Int64) {
        let start = bytes.count
        var rest = value.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes[start...].reverse()
    }

    /// RFC 8259 §7: quotes, backslashes and control characters are escaped, all else stands as it is.
    private mutating func write(_ value: String) {
        let hex: StaticString = "0123456789abcdef"
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case ..<0x20:
                bytes += "\\u00".utf8
                bytes.append(hex.utf8Start[Int(byte >> 4)])
                bytes.append(hex.utf8Start[Int(byte & 15)])
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
