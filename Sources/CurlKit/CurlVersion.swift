internal import CCurl

/// A release of libcurl.
package struct CurlVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let major: UInt32
    package let minor: UInt32
    package let patch: UInt32

    package init(_ major: UInt32, _ minor: UInt32, _ patch: UInt32) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// The one this process runs with, whatever it was built against (`curl_version_info(3)`, `version_num`).
    package static let running: CurlVersion = {
        let number = curl_version_info(CURLVERSION_FIRST)?.pointee.version_num ?? 0
        return CurlVersion(number >> 16, number >> 8 & 0xff, number & 0xff)
    }()

    package var description: String { "\(major).\(minor).\(patch)" }

    package static func < (one: CurlVersion, other: CurlVersion) -> Bool {
        (one.major, one.minor, one.patch) < (other.major, other.minor, other.patch)
    }
}
