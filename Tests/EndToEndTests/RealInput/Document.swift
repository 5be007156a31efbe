import Crypto
import Foundation

/// A file as it is on disk: what the daemon must report after fetching it.
struct Document: Sendable {
    /// Path of its URL, escaped.
    var target: String
    var size: Int64
    /// As in a URL record: `sha256:` and 64 hex digits.
    var digest: String

    /// nil if it is no regular file that everybody may read, or longer than `limit` bytes.
    init?(file: String, target: String, limit: Int64) {
        var info = stat()
        guard lstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_mode & S_IROTH != 0,
            info.st_size <= limit, let bytes = FileManager.default.contents(atPath: file)
        else { return nil }
        self.target = target
        size = Int64(bytes.count)
        digest = "sha256:" + SHA256.hash(data: bytes).map { Self.hex($0) }.joined()
    }

    /// Everything escaped but RFC 3986's unreserved characters, `/` and `+`.
    static func escaped(_ path: String) -> String {
        path.utf8.reduce(into: "") { result, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"), UInt8(ascii: "+"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + hex(byte).uppercased()
            }
        }
    }

    private static func hex(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return byte < 16 ? "0" + text : text
    }
}
