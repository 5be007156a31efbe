internal import CrawlCoding
internal import CrawlCore
internal import Crypto
internal import CurlKit

// What libcurl calls while a request runs, on the worker's queue. They only note what came; none of them makes libcurl do anything.

/// One header line, its line end included; the status line and the blank line that ends the block are lines too.
func receiveHeader(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let length = size * count
    let slot = context.assumingMemoryBound(to: Slot.self)
    let calls = slot.pointee.commons.calls
    calls.enterCallback()
    defer { calls.leaveCallback() }
    slot.pointee.take(length)
    return bytes.withMemoryRebound(to: UInt8.self, capacity: length) {
        slot.pointee.receive(headerLine: UnsafeBufferPointer(start: $0, count: length)) ? length : 0
    }
}

func receiveBody(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context else { return 0 }
    let length = size * count
    let slot = context.assumingMemoryBound(to: Slot.self)
    let calls = slot.pointee.commons.calls
    calls.enterCallback()
    defer { calls.leaveCallback() }
    guard slot.pointee.mayTake(length) else { return EasyHandle.pause }
    let body = UnsafeRawBufferPointer(start: bytes, count: length)
    if slot.pointee.recording != nil {
        switch slot.pointee.record(body: body) {
        case .taken: break
        case .wait: return EasyHandle.pause
        case .failed: return 0
        }
    }
    slot.pointee.take(length)
    return slot.pointee.receive(body: body)
}

func makeSocket(
    context: UnsafeMutableRawPointer?, isV6: Int32, bytes: UnsafePointer<UInt8>?, family: Int32, type: Int32,
    number: Int32
) -> Int32 {
    guard let bytes, let slot = context?.assumingMemoryBound(to: Slot.self) else { return -1 }
    let address = IPAddress(bytes: UnsafeBufferPointer(start: bytes, count: isV6 == 0 ? 4 : 16))
    return slot.pointee.makeSocket(to: address, family, type, number)
}

func noteSending(
    context: UnsafeMutableRawPointer?, remoteAddress: UnsafeMutablePointer<CChar>?,
    localAddress: UnsafeMutablePointer<CChar>?, remotePort: Int32, localPort: Int32
) -> Int32 {
    guard let slot = context?.assumingMemoryBound(to: Slot.self) else { return 0 }
    // CURL_PREREQFUNC_ABORT.
    guard slot.pointee.noteEnds(remoteAddress, remotePort: remotePort, localPort: localPort) else { return 1 }
    slot.pointee.commons.sending.append(slot)
    if slot.pointee.offersHTTP2, slot.pointee.flags.contains(.https) {
        slot.pointee.agreedOnHTTP2 = slot.pointee.easy.agreedOnHTTP2
    }
    if slot.pointee.recording != nil { slot.pointee.recordSending() }
    return 0
}

extension Slot {
    /// False ends the request.
    mutating func receive(headerLine line: UnsafeBufferPointer<UInt8>) -> Bool {
        flags.insert(.firstByte)
        headerBytes += line.count
        guard headerBytes <= maxHeaderBytes else {
            flags.insert(.headersOverLimit)
            return false
        }
        // What follows the final block are trailers.
        guard !flags.contains(.headersComplete) else { return true }
        read(headerLine: line)
        if recording != nil { record(headerLine: line) }
        return true
    }

    private mutating func read(headerLine line: UnsafeBufferPointer<UInt8>) {
        if line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t") {
            held.goOn(trimmed(line))
            return
        }
        readHeld()
        if let status = statusCode(line) {
            beginHeaderBlock(status: status)
        } else if line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n") {
            // 1xx blocks announce another one, and only the last counts (RFC 9110 §15.2).
            guard status >= 200 else { return }
            flags.insert(.headersComplete)
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")),
            let name = HeaderName.find(UnsafeBufferPointer(rebasing: line[..<colon])), wants(name)
        {
            held.begin(
                name, trimmed(UnsafeBufferPointer(rebasing: line[(colon + 1)...])),
                limit: (isRedirect ? RedirectHeaders.limit(of: name) : nil) ?? HeldHeader.usualLimit)
        }
    }

    private var isRedirect: Bool { (300..<400).contains(status) && status != 304 }

    /// Cookies go with chains of redirects, nowhere else.
    private func wants(_ name: HeaderName) -> Bool { name != .setCookie || isRedirect }

    /// The line that was held is whole.
    mutating func readHeld() {
        guard let name = held.name else { return }
        note(name, held.value, isCut: held.isCut)
        held.drop()
    }

    /// How many bytes were taken; fewer than given ends the request.
    mutating func receive(body bytes: UnsafeRawBufferPointer) -> Int {
        let kept = (200..<300).contains(status) ? kept : nil
        let taken = wanted(of: bytes.count)
        flags.insert(.bodyStarted)
        let part = UnsafeRawBufferPointer(rebasing: bytes[..<taken])
        bodyBytes += Int64(taken)
        if hash == nil { hash = SHA256() }
        hash?.update(bufferPointer: part)
        if !(200..<400).contains(status), bodyHeadBytes < Slot.bodyHeadLimit {
            let head = min(part.count, Slot.bodyHeadLimit - bodyHeadBytes)
            let start = storage + HeaderName.storedCount * FetchDetails.textLimit + bodyHeadBytes
            UnsafeMutableRawPointer(start).copyMemory(
                from: part.baseAddress ?? UnsafeRawPointer(start), byteCount: head)
            bodyHeadBytes += head
        }
        if taken < bytes.count { flags.insert(.bodyOverLimit) }
        guard let kept, !kept.take(part) else { return taken }
        if kept.fault == nil { flags.insert(.bodyOverLimit) }
        return 0
    }

    /// How many of so many bytes of the body are taken.
    func wanted(of count: Int) -> Int {
        let limit = (200..<300).contains(status) ? kept?.wireLimit : nil
        return Int(min(Int64(count), (limit ?? maxBody) - bodyBytes))
    }

    /// The three digits of `HTTP/1.1 200 OK` or `HTTP/2 200`; nil if the line is no status line.
    func statusCode(_ line: UnsafeBufferPointer<UInt8>) -> Int32? {
        guard line.count >= 10, line[0] == UInt8(ascii: "H"), line[1] == UInt8(ascii: "T"),
            line[2] == UInt8(ascii: "T"), line[3] == UInt8(ascii: "P"), line[4] == UInt8(ascii: "/"),
            let space = line.firstIndex(of: UInt8(ascii: " ")), space + 3 < line.count
        else { return nil }
        var status: Int32 = 0
        for digit in line[(space + 1)...(space + 3)] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            status = status * 10 + Int32(digit - UInt8(ascii: "0"))
        }
        return status
    }

    private mutating func note(_ name: HeaderName, _ value: UnsafeBufferPointer<UInt8>, isCut: Bool) {
        if isRedirect { redirect.note(name, value, isCut: isCut) }
        guard name != .setCookie else { return }
        guard name != .contentLength else { return isCut ? () : noteContentLength(value) }
        guard name != .contentEncoding else {
            if let kept, BodyDecoder.saysDeflate(value) { kept.saysDeflate = true }
            return
        }
        guard name != .contentType || kept != nil || tellsContentType else { return }
        if name == .cfRay || name == .server && isCloudflare(value) { flags.insert(.edge) }
        guard name != .cacheControl || valueLengths[name.rawValue] == Slot.absent else { return join(name, value) }
        // The first of several is the one that counts.
        guard valueLengths[name.rawValue] == Slot.absent, let base = value.baseAddress else { return }
        guard value.count <= FetchDetails.textLimit || !name.isWholeOrNothing else {
            valueLengths[name.rawValue] = Slot.tooLong
            return
        }
        let length = min(value.count, FetchDetails.textLimit)
        (storage + name.rawValue * FetchDetails.textLimit).update(from: base, count: length)
        valueLengths[name.rawValue] = UInt16(length)
    }

    /// Another line of a list (RFC 9110 §5.3), behind a comma.
    private mutating func join(_ name: HeaderName, _ value: UnsafeBufferPointer<UInt8>) {
        let length = Int(valueLengths[name.rawValue])
        guard length + 1 + value.count <= FetchDetails.textLimit, let base = value.baseAddress else {
            valueLengths[name.rawValue] = Slot.tooLong
            return
        }
        let end = storage + name.rawValue * FetchDetails.textLimit + length
        end.pointee = UInt8(ascii: ",")
        (end + 1).update(from: base, count: value.count)
        valueLengths[name.rawValue] = UInt16(length + 1 + value.count)
    }

    /// libcurl 7.88 believes the last of several lengths without a word (RFC 9112 §6.3 calls it an error).
    private mutating func noteContentLength(_ value: UnsafeBufferPointer<UInt8>) {
        var rest = value[...]
        while true {
            let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
            var length: Int64 = 0
            for digit in trimmed(UnsafeBufferPointer(rebasing: rest[..<end])) {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit), length < .max / 16 else { return }
                length = length * 10 + Int64(digit - UInt8(ascii: "0"))
            }
            if contentLength >= 0, contentLength != length { flags.insert(.contentLengthConflict) }
            contentLength = length
            guard end < rest.endIndex else { return }
            rest = rest[(end + 1)...]
        }
    }

    private func isCloudflare(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        let name: StaticString = "cloudflare"
        guard value.count == name.utf8CodeUnitCount else { return false }
        for i in 0..<value.count where value[i] | 0x20 != name.utf8Start[i] { return false }
        return true
    }

    private func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var start = 0
        var end = bytes.count
        while start < end, bytes[start] <= 0x20 { start += 1 }
        while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
        return UnsafeBufferPointer(rebasing: bytes[start..<end])
    }
}
