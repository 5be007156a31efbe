internal import CrawlCore
internal import CurlKit

// What the recording of a request is told, if it has one.

/// libcurl sends something, or has something to tell.
func noteWire(
    easy: UnsafeMutableRawPointer?, kind: UInt32, bytes: UnsafeMutablePointer<CChar>?, count: Int,
    context: UnsafeMutableRawPointer?
) -> Int32 {
    guard EasyHandle.isSent(kind), let bytes, let slot = context?.assumingMemoryBound(to: Slot.self) else { return 0 }
    slot.pointee.record(sent: UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}

extension Slot {
    /// It is about to be sent, for the first time or once more. What was said to a proxy is behind it.
    mutating func recordSending() {
        recording?.void()
        tls = flags.contains(.https) ? TLSVersion(number: easy.tlsVersion) : nil
        easy.showSending(true)
    }

    func record(sent part: UnsafeRawBufferPointer) {
        recording?.sent(part)
        // The head is out, and nothing that comes after it is looked at.
        if part.suffix(4).elementsEqual("\r\n\r\n".utf8) { easy.showSending(false) }
    }

    /// A line that has been read already, of a block that is not behind the final one.
    func record(headerLine line: UnsafeBufferPointer<UInt8>) {
        guard let recording else { return }
        if statusCode(line) != nil { recording.beginHead() }
        if status >= 200 {
            recording.receive(headLine: UnsafeRawBufferPointer(line))
        } else if status >= 100, line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n") {
            recording.interim(status)
        }
    }

    /// Before anybody else has the bytes: of what has to wait nothing is counted.
    mutating func record(body bytes: UnsafeRawBufferPointer) -> RecordingTaking {
        guard let recording, flags.contains(.headersComplete) else { return .taken }
        let part = UnsafeRawBufferPointer(rebasing: bytes[..<wanted(of: bytes.count)])
        guard !part.isEmpty else { return .taken }
        let taking = recording.receive(body: part)
        switch taking {
        case .taken: break
        case .wait:
            // Its turn was asked for first, and has still so much left.
            handedInTurn -= Int64(bytes.count)
            isHeld = true
            wasHeld = true
            pause()
        case .failed: flags.insert(.recordingFailed)
        }
        return taking
    }

    /// The request is over with `result`, which nobody has yet.
    mutating func endRecording(_ result: FetchResult) {
        guard let recording else { return }
        self.recording = nil
        guard result.flags.contains(.headersComplete),
            result.flags.isDisjoint(with: [.cancelled, .recordingFailed])
        else { return recording.drop() }
        recording.end(
            RecordingFacts(
                status: result.status, httpVersion: result.httpVersion, tls: tls,
                remoteAddress: result.remoteAddress, end: Self.end(of: result)))
    }

    /// A body that is whole may still be longer than what is kept of it elsewhere.
    private static func end(of result: FetchResult) -> ExchangeEnd {
        switch result.curlCode {
        case CurlCode.ok: .whole
        case CurlCode.operationTimedOut: .time
        default: result.flags.contains(.bodyOverLimit) ? .length : .disconnect
        }
    }
}
