/// The head of an answer as it is written: one that every reader finds the payload behind. Else the bytes are as they came.
///
/// | came | is written | because |
/// |---|---|---|
/// | any version | `HTTP/1.1` | pywb answers 503 to `HTTP/2 200` |
/// | no reason | the standard's | over HTTP/2 none ever comes |
/// | Transfer-Encoding | not | the coding is undone; readers would undo it once more |
/// | Content-Length that is not once the number of bytes that follow | not | warcio and FastWARC go by the record's own length and read every byte; pywb hands it to the browser, which loses what is beyond it, or waits for what will never come |
/// | Content-Length else, and not beside Transfer-Encoding (RFC 9112 §6.3) | as it came | |
/// | LF alone | CR LF | FastWARC 2.0.1 takes the body for a part of the head |
/// | NUL, CR within a line | a blank | as RFC 9110 §5.5 has it; pywb answers 500 |
/// | a line without visible characters | not | warcio 1.8.1 takes it for the end of the head |
/// | more than 32 KiB | as it came | cutting would lose what came; `HeadNotes.longHead` |
package enum ResponseHead {
    /// Appends the head of `exchange`, the blank line behind it.
    package static func write(_ exchange: Exchange, to bytes: inout [UInt8]) -> HeadNotes {
        let start = bytes.count
        var notes = HeadNotes()
        exchange.responseHead.withUnsafeBufferPointer { head in
            var lines = HeadLines(head)
            let saysLength = isLengthRight(head, exchange.body.count)
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
                    } else if !saysLength, each.isNamed("content-length") {
                        note(each.value, in: &notes.contentLength)
                        isDropping = true
                    } else {
                        isDropping = false
                    }
                }
                guard !isDropping else { continue }
                if !each.isEndedWell { notes.lineEnds += 1 }
                write(each.bytes, to: &bytes, &notes)
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
            write(reason, to: &bytes, &notes)
        } else {
            bytes.put(ReasonPhrase.of(code))
        }
        if let line, !line.elementsEqual(bytes[start...]) { notes.statusLine = Array(line) }
        bytes.put("\r\n")
    }

    private static func write(
        _ line: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8], _ notes: inout HeadNotes
    ) {
        guard line.contains(where: { $0 == 0 || $0 == UInt8(ascii: "\r") }) else {
            bytes += line
            return
        }
        let start = bytes.count
        for byte in line {
            guard byte == 0 || byte == UInt8(ascii: "\r") else {
                bytes.append(byte)
                continue
            }
            notes.blanked += 1
            // A blank that begins a line would make it a part of the line before.
            if bytes.count > start { bytes.put(" ") }
        }
    }

    /// It may stay. For a revisit too: what it points at is as long.
    private static func isLengthRight(_ head: UnsafeBufferPointer<UInt8>, _ count: Int64) -> Bool {
        var said = 0
        var isRight = true
        for line in HeadLines(head) {
            if line.isNamed("transfer-encoding") { return false }
            guard line.isNamed("content-length") else { continue }
            said += 1
            isRight = isRight && line.value.elementsEqual("\(count)".utf8)
        }
        return isRight && said <= 1
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
