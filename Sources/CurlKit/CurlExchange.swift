internal import Glibc

/// The state of one `CurlClient.send`, which libcurl's callbacks reach through a pointer. Lives on the caller's stack
/// frame and thread only.
final class CurlExchange {
    private(set) var response = CurlClient.Response(status: 0, headers: [])
    private(set) var error: (any Error)?
    /// The reader had enough.
    private(set) var wasStopped = false

    private let body: CurlClient.Body
    private var sent = 0
    private let allowsAddress: (@Sendable (Bool, [UInt8]) -> Bool)?
    private let onTick: (() throws -> Void)?
    private let onBody: (CurlClient.Response, UnsafeRawBufferPointer) throws -> Bool

    init(
        body: CurlClient.Body, allowsAddress: (@Sendable (Bool, [UInt8]) -> Bool)?, onTick: (() throws -> Void)?,
        onBody: @escaping (CurlClient.Response, UnsafeRawBufferPointer) throws -> Bool
    ) {
        self.body = body
        self.allowsAddress = allowsAddress
        self.onTick = onTick
        self.onBody = onBody
    }

    func attach(to easy: EasyHandle, _ request: CurlClient.Request) throws {
        let context = Unmanaged.passUnretained(self).toOpaque()
        try easy.setCallbacks(context: context, onHeader: onHeaderLine, onBody: onBodyBytes)
        if allowsAddress != nil { try easy.setSocketMaker(context: context, makeSocket) }
        if onTick != nil { try easy.setTick(context: context, onProgress) }
        switch body {
        case .none:
            try easy.setRequest(method: request.method, headers: request.headers, uploads: false, uploadSize: nil)
        case .bytes(let bytes):
            try easy.setUploadSource(context: context, onUpload)
            try easy.setRequest(
                method: request.method, headers: request.headers, uploads: true, uploadSize: Int64(bytes.count))
        case .stream(let size, _):
            try easy.setUploadSource(context: context, onUpload)
            try easy.setRequest(method: request.method, headers: request.headers, uploads: true, uploadSize: size)
        }
        try easy.prepare(url: request.url, keepsConnection: false, isApart: false, waitsForMultiplex: false)
    }

    fileprivate func header(_ line: String) {
        if let last = response.headers.indices.last, line.first == " " || line.first == "\t" {
            // The line before goes on (obs-fold, RFC 9112 §5.2).
            let part = line.drop(while: \.isWhitespace)
            guard let end = part.lastIndex(where: { !$0.isWhitespace }) else { return }
            response.headers[last].value += " " + part[...end]
        } else if line.hasPrefix("HTTP/") {
            let status = line.split(separator: " ").dropFirst().first.flatMap { Int($0.prefix(3)) } ?? 0
            response = CurlClient.Response(status: status, headers: [])
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let end = value.lastIndex { !$0.isWhitespace }.map { value.index(after: $0) } ?? value.startIndex
            response.headers.append((line[..<colon].lowercased(), String(value[..<end])))
        }
    }

    fileprivate func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        do {
            if try onBody(response, bytes) { return true }
            wasStopped = true
        } catch {
            self.error = error
        }
        return false
    }

    /// nil ends the request.
    fileprivate func upload(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        do {
            switch body {
            case .none: return 0
            case .bytes(let bytes):
                let part = bytes[sent...].prefix(buffer.count)
                buffer.copyBytes(from: part)
                sent += part.count
                return part.count
            case .stream(_, let next):
                let part = try next(buffer.count)
                precondition(part.count <= buffer.count, "no more than was asked for")
                buffer.copyBytes(from: part)
                return part.count
            }
        } catch {
            self.error = error
            return nil
        }
    }

    /// False ends the request.
    fileprivate func tick() -> Bool {
        do {
            try onTick?()
            return true
        } catch {
            self.error = self.error ?? error
            return false
        }
    }

    fileprivate func allows(_ isV6: Bool, _ address: [UInt8]) -> Bool { allowsAddress?(isV6, address) ?? true }
}

private func exchange(_ context: UnsafeMutableRawPointer?) -> CurlExchange? {
    context.map { Unmanaged<CurlExchange>.fromOpaque($0).takeUnretainedValue() }
}

private func onHeaderLine(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes else { return 0 }
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    exchange(context)?.header(String(decoding: line, as: UTF8.self))
    return size * count
}

private func onBodyBytes(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let exchange = exchange(context) else { return 0 }
    // Any other number than what was given ends the request.
    return exchange.receive(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

private func onUpload(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
    let abort = 0x1000_0000  // CURL_READFUNC_ABORT
    guard let bytes, let exchange = exchange(context) else { return abort }
    return exchange.upload(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count)) ?? abort
}

private func onProgress(context: UnsafeMutableRawPointer?, _: Int, _: Int, _: Int, _: Int) -> Int32 {
    exchange(context)?.tick() ?? false ? 0 : 1
}

private func makeSocket(
    context: UnsafeMutableRawPointer?, isV6: Int32, bytes: UnsafePointer<UInt8>?, family: Int32, type: Int32,
    number: Int32
) -> Int32 {
    guard let bytes, let exchange = exchange(context) else { return -1 }
    let address = Array(UnsafeBufferPointer(start: bytes, count: isV6 == 0 ? 4 : 16))
    return exchange.allows(isV6 != 0, address) ? socket(family, type, number) : -1
}
