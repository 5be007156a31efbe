import Foundation

/// `fetch`: how requests are made.
package struct FetchConfig: Hashable, Sendable {
    /// Worker queues; 0 means half the cores, two where there are two or three.
    package var workers = 0

    /// Requests in flight at a time, over all workers.
    package var maxInFlight = 1024

    /// The `User-Agent` header. In the file the word `VERSION` stands for crawld's version; here it is filled in.
    package var userAgent = "crawld/\(Version.current)"

    /// From the start of a request until connected, TLS included.
    package var connectTimeout: Duration = .seconds(10)

    /// From the start of a request to its first byte.
    package var responseTimeout: Duration = .seconds(60)

    /// From the start of a request to its last byte.
    package var totalTimeout: Duration = .minutes(5)

    /// Bytes on the wire; longer bodies are cut and have the outcome `tooLarge`.
    package var maxBody = 16 << 20

    /// Offer HTTP/2 to https origins.
    package var http2 = true

    package enum IPv6: String, CaseIterable, Sendable {
        /// If the machine has a way to IPv6.
        case auto
        case on
        case off
    }

    /// Addresses of this family are asked for and connected to; not through a proxy, and with `dns.resolver: c-ares` only.
    package var ipv6 = IPv6.auto

    /// A chain of redirects that comes back to its first URL is followed once more with the cookies it gave.
    package var chainCookies = true

    /// PEM bundle of the accepted authorities; "" means the system's.
    package var caFile = ""

    /// CIDRs exempt from the address guard, checked for form: `127.0.0.0/8`, `fd00::/8`.
    package var allowAddresses: [String] = []

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.int("workers", &workers)
        section.int("max_in_flight", &maxInFlight)
        section.string("user_agent", &userAgent)
        userAgent = userAgent.replacingOccurrences(of: "VERSION", with: Version.current)
        section.duration("connect_timeout", &connectTimeout)
        section.duration("response_timeout", &responseTimeout)
        section.duration("total_timeout", &totalTimeout)
        section.size("max_body", &maxBody)
        section.bool("http2", &http2)
        section.choice("ipv6", &ipv6)
        section.bool("chain_cookies", &chainCookies)
        section.string("ca_file", &caFile)
        section.strings("allow_addresses", &allowAddresses)
    }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("fetch")
        check.int("workers", workers, 0...256)
        check.int("max_in_flight", maxInFlight, 1...100_000)
        check.require(
            (1...256).contains(userAgent.utf8.count) && userAgent.utf8.allSatisfy { (0x20...0x7e).contains($0) },
            "user_agent", userAgent, "must be 1 to 256 printable ASCII characters")
        check.duration("connect_timeout", connectTimeout, .milliseconds(1)...Duration.hours(24))
        check.duration("response_timeout", responseTimeout, .milliseconds(1)...Duration.hours(24))
        check.duration("total_timeout", totalTimeout, .milliseconds(1)...Duration.hours(24))
        check.require(
            (1...(1 << 40)).contains(maxBody), "max_body", SizeText.text(maxBody), "must be from 1B to 1TiB")
        check.require(
            caFile.isEmpty || (!caFile.utf8.contains(0) && access(caFile, R_OK) == 0), "ca_file", caFile,
            "must be the path of a readable PEM file, or \"\" for the system's")
        for range in allowAddresses {
            check.require(
                AddressRangeText.isValid(range), "allow_addresses", "[\(range)]",
                "must be ranges such as 127.0.0.0/8 or fd00::/8, with no bit set behind the prefix")
        }
        return check.faults
    }
}
