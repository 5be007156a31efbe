/// The head of an answer as it is written: one that every reader finds the payload behind. Else the bytes are as they came.
///
/// | came | is written | because |
/// |---|---|---|
/// | any version | `HTTP/1.1` | pywb answers 503 to `HTTP/2 200` |
/// | no reason | the standard's | over HTTP/2 none ever comes |
/// | Transfer-Encoding | not | the coding is undone; readers would undo it once more |
/// | Content-Length beside it | not | it never was the body's length (RFC 9112 §6.3) and may be a lie that loses bytes |
/// | Content-Length else | as it came | it is evidence, and readers go by the record's own length: warcio 1.8.1 and FastWARC 2.0.1 read every byte under one that is too small, too large, negative or no number |
/// | LF alone | CR LF | FastWARC 2.0.1 takes the body for a part of the head |
/// | a line without visible characters | not | warcio 1.8.1 takes it for the end of the head |
/// | more than 32 KiB | as it came | cutting would lose what came; `HeadNotes.longHead` |
package enum ResponseHead {
    /// Appends the head of `exchange`, the blank line behind it.
    package static func write(_ exchange: Exchange, to bytes: inout [UInt8]) -> HeadNotes {
        let start = bytes.count
        var notes = HeadNotes()
        exchange.responseHead.withUnsafeBufferPointer { head in
            var lines = HeadLines(head)
            let isCoded = HeadLines(head).contains { $0.isNamed("transfer-encoding") }
            var line = lines.next()
            let isStatus = line.map { isStatusLine($0.bytes) } ?? false
            writeStatus(exchange.status, from: isStatus ? line?.bytes : nil, to: &bytes, &notes)
            if isStatus {
                if let line, !line.isEndedWell { notes.lineEnds += 1 }
                line = lines.next()
            }
            var isDropping = false
            var isFirst = true
            while let each = line {
                defer {
                    line = lines.next()
                    isFirst = false
                }
                guard each.hasVisible else {
                    notes.blankLines += 1
                    continue
                }
                // Only a line behind another can go on with it.
                if isFirst || !each.isFolded {
                    if each.isNamed("transfer-encoding") {
                        note(each.value, in: &notes.transferCoding)
                        isDropping = true
                    } else if isCoded, each.isNamed("content-length") {
                        note(each.value, in: &notes.contentLength)
                        isDropping = true
                    } else {
                        isDropping = false
                    }
                }
                guard !isDropping else { continue }
                if !each.isEndedWell { notes.lineEnds += 1 }
                bytes += each.bytes
                bytes.put("\r\n")
            }
        }
        bytes.put("\r\n")
        if bytes.count - start > HeadNotes.readableBytes { notes.longHead = bytes.count - start }
        return notes
    }

    private static func writeStatus(
        _ status: Int32, from line: UnsafeBufferPointer<UInt8>?, to bytes: inout [UInt8], _ notes: inout HeadNotes
    ) {
        let start = bytes.count
        let code = min(max(status, 0), 999)
        bytes.put("HTTP/1.1 ")
        bytes.put(Int64(code), digits: 3)
        bytes.put(" ")
        if let reason = line.map(reason(of:)), !reason.isEmpty {
            bytes += reason
        } else {
            bytes.put(ReasonPhrase.of(code))
        }
        if let line, !line.elementsEqual(bytes[start...]) { notes.statusLine = Array(line) }
        bytes.put("\r\n")
    }

    private static func isStatusLine(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        line.starts(with: "HTTP/".utf8) && line.contains(UInt8(ascii: " "))
    }

    /// What stands behind the status.
    private static func reason(of line: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        let none = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        guard let version = line.firstIndex(of: UInt8(ascii: " ")) else { return none }
        let rest = HeadLines.Line.trimmed(.init(rebasing: line[version...]))
        guard let code = rest.firstIndex(of: UInt8(ascii: " ")) else { return none }
        return HeadLines.Line.trimmed(.init(rebasing: rest[code...]))
    }

    private static func note(_ value: UnsafeBufferPointer<UInt8>, in place: inout [UInt8]?) {
        if place == nil {
            place = Array(value)
        } else {
            place?.put(", ")
            place?.append(contentsOf: value)
        }
    }
}
