internal import CrawlCore

/// The head of a record (ISO 28500:2017 §4). Names are written in exactly the standard's case: FastWARC 2.0.1 reads no other.
struct RecordHeader {
    enum Kind {
        case warcinfo
        case request
        case response
        case revisit
        case metadata

        var name: StaticString {
            switch self {
            case .warcinfo: "warcinfo"
            case .request: "request"
            case .response: "response"
            case .revisit: "revisit"
            case .metadata: "metadata"
            }
        }

        /// Never JSON for `metadata`: pywb would serve it in the page's place.
        var contentType: StaticString {
            switch self {
            case .warcinfo, .metadata: "application/warc-fields"
            case .request: "application/http;msgtype=request"
            case .response, .revisit: "application/http;msgtype=response"
            }
        }
    }

    /// Begins a record.
    static func begin(_ kind: Kind, _ id: RecordID, _ date: Instant, to bytes: inout [UInt8]) {
        bytes.put("WARC/1.1\r\nWARC-Type: ")
        bytes.put(kind.name)
        bytes.put("\r\nWARC-Record-ID: ")
        id.write(to: &bytes)
        bytes.put("\r\nWARC-Date: ")
        bytes.put(date)
        bytes.put("\r\n")
    }

    static func put(_ name: StaticString, _ id: RecordID, to bytes: inout [UInt8]) {
        bytes.put(name)
        bytes.put(": ")
        id.write(to: &bytes)
        bytes.put("\r\n")
    }

    static func put(_ name: StaticString, _ digest: RecordDigest, to bytes: inout [UInt8]) {
        bytes.put(name)
        bytes.put(": ")
        digest.write(to: &bytes)
        bytes.put("\r\n")
    }

    static func put(_ name: StaticString, _ value: StaticString, to bytes: inout [UInt8]) {
        bytes.put(name)
        bytes.put(": ")
        bytes.put(value)
        bytes.put("\r\n")
    }

    static func put(_ name: StaticString, uri: [UInt8], to bytes: inout [UInt8]) {
        bytes.put(name)
        bytes.put(": ")
        bytes.put(uri: uri)
        bytes.put("\r\n")
    }

    /// What is known of how it came over the wire.
    static func putWire(_ exchange: Exchange, to bytes: inout [UInt8]) {
        if let address = exchange.remoteAddress {
            bytes.put("WARC-IP-Address: ")
            put(address, to: &bytes)
            bytes.put("\r\n")
        }
        switch exchange.httpVersion {
        case .unknown: break
        case .http10: put("WARC-Protocol", "http/1.0", to: &bytes)
        case .http11: put("WARC-Protocol", "http/1.1", to: &bytes)
        case .http2: put("WARC-Protocol", "h2", to: &bytes)
        case .http3: put("WARC-Protocol", "h3", to: &bytes)
        }
        switch exchange.tls {
        case nil: break
        case .tls10: put("WARC-Protocol", "tls/1.0", to: &bytes)
        case .tls11: put("WARC-Protocol", "tls/1.1", to: &bytes)
        case .tls12: put("WARC-Protocol", "tls/1.2", to: &bytes)
        case .tls13: put("WARC-Protocol", "tls/1.3", to: &bytes)
        }
    }

    private static func put(_ address: IPAddress, to bytes: inout [UInt8]) {
        guard address.isV4 else {
            bytes += address.description.utf8
            return
        }
        for shift in stride(from: 24 as UInt64, through: 0, by: -8) {
            bytes.put(Int64(address.low >> shift & 255))
            if shift > 0 { bytes.put(".") }
        }
    }

    static func putRevisit(_ profile: StaticString, of original: Original, to bytes: inout [UInt8]) {
        put("WARC-Profile", profile, to: &bytes)
        put("WARC-Refers-To", original.id, to: &bytes)
        put("WARC-Refers-To-Target-URI", uri: original.targetURI, to: &bytes)
        bytes.put("WARC-Refers-To-Date: ")
        bytes.put(original.date)
        bytes.put("\r\n")
    }

    /// Ends the head; `length` bytes of a block follow, then `RecordHeader.closing`.
    static func end(_ kind: Kind, length: Int64, to bytes: inout [UInt8]) {
        put("Content-Type", kind.contentType, to: &bytes)
        bytes.put("Content-Length: ")
        bytes.put(length)
        bytes.put("\r\n\r\n")
    }

    /// Behind every block.
    static let closing: StaticString = "\r\n\r\n"
}
