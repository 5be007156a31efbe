/// What becomes of secrets in a request that is written.
package enum SecretsRule: String, Sendable, Hashable, CaseIterable {
    /// Of Authorization and Cookie only the names.
    case redact
    /// As they were sent, for an archive whose readers may log in as we do.
    case keep
}

/// The head of a request as it is written. Proxy-Authorization never is: it was meant for our proxy, and is nothing of
/// the site's.
package enum RequestHead {
    /// Appends the head of `exchange`, the blank line behind it.
    package static func write(_ exchange: Exchange, secrets: SecretsRule, to bytes: inout [UInt8]) {
        exchange.requestHead.withUnsafeBufferPointer { head in
            var isDropping = false
            for (number, line) in HeadLines(head).enumerated() where line.hasVisible {
                guard number > 0 else {
                    writeRequestLine(line.bytes, to: &bytes)
                    continue
                }
                if number > 1, line.isFolded {
                    guard !isDropping else { continue }
                } else if line.isNamed("proxy-authorization") {
                    isDropping = true
                    continue
                } else if secrets == .redact, line.isNamed("authorization") || line.isNamed("cookie") {
                    bytes += line.name
                    bytes.put(": [redacted]\r\n")
                    isDropping = true
                    continue
                } else {
                    isDropping = false
                }
                bytes += line.bytes
                bytes.put("\r\n")
            }
        }
        bytes.put("\r\n")
    }

    /// The block is a message of HTTP/1.1 whatever it was over the wire (WARC-Protocol tells that), as the answer's is.
    private static func writeRequestLine(_ line: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        let end = Array(" HTTP/2".utf8)
        if line.suffix(end.count).elementsEqual(end) {
            bytes += line.dropLast(end.count)
            bytes.put(" HTTP/1.1\r\n")
        } else {
            bytes += line
            bytes.put("\r\n")
        }
    }
}
