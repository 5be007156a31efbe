internal import NIOCore

/// Reads HTTP/1 requests byte by byte and answers each as told. No parser of NIO's: it would insist on proper answers.
final class HTTP1OriginHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let state: OriginState
    private let connection: Int
    private var received: [UInt8] = []

    init(_ state: OriginState, connection: Int) {
        self.state = state
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += unwrapInboundIn(data).readableBytesView
        // A TLS handshake on a plain port gets what web servers say to it.
        if received.first == 0x16 {
            received = []
            return answer(.raw("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", then: .close), context.channel)
        }
        while let request = nextRequest() { answer(state.receive(request), context.channel) }
    }

    /// nil until a whole request is there.
    private func nextRequest() -> OriginRequest? {
        let end = Array("\r\n\r\n".utf8)
        guard received.count >= end.count,
            let index = (0...(received.count - end.count)).first(where: { received[$0...].starts(with: end) })
        else { return nil }
        let lines = String(decoding: received[..<index], as: UTF8.self).split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        let headers = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (line[..<colon].lowercased(), String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
        let length = headers.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
        let bodyStart = index + end.count
        guard received.count >= bodyStart + length else { return nil }
        let body = Array(received[bodyStart..<(bodyStart + length)])
        received.removeFirst(bodyStart + length)
        return OriginRequest(
            method: words.first.map(String.init) ?? "", path: words.dropFirst().first.map(String.init) ?? "",
            headers: headers, body: body, receivedAtMs: OriginState.nowMs, connection: connection, isHTTP2: false)
    }

    private func answer(_ behaviour: OriginBehaviour, _ channel: any Channel) {
        switch behaviour {
        case .status(let status, let headers, let body):
            var text = "HTTP/1.1 \(status) Test\r\n"
            for (name, value) in headers { text += "\(name): \(value)\r\n" }
            if status != 204, status != 304 { text += "Content-Length: \(body.count)\r\n" }
            send(Array((text + "\r\n").utf8) + body, then: .keepOpen, channel)
        case .raw(let text, let ending): send(Array(text.utf8), then: ending, channel)
        case .rawBytes(let bytes, let ending): send(bytes, then: ending, channel)
        case .stream(let head, let chunk, let count):
            channel.write(ByteBuffer(string: head), promise: nil)
            Self.stream(ByteBuffer(bytes: chunk), count, channel, state)
        case .paced(let head, let piece, let pieces, let times, let everyMs, let end):
            channel.write(ByteBuffer(string: head), promise: nil)
            Self.pace(ByteBuffer(bytes: piece), pieces, times, .milliseconds(everyMs), end, channel, state)
        case .sequence, .byHeader, .http2: send([], then: .close, channel)
        }
    }

    private static func stream(_ chunk: ByteBuffer, _ count: Int, _ channel: any Channel, _ state: OriginState) {
        guard count > 0 else { return channel.flush() }
        channel.writeAndFlush(chunk).whenSuccess {
            state.streamed(chunk.readableBytes)
            // Not at once: writes that the socket takes without waiting would pile up on the stack.
            channel.eventLoop.execute { stream(chunk, count - 1, channel, state) }
        }
    }

    private static func pace(
        _ piece: ByteBuffer, _ pieces: Int, _ times: Int, _ pause: TimeAmount, _ end: String, _ channel: any Channel,
        _ state: OriginState
    ) {
        guard times > 0 else {
            channel.writeAndFlush(ByteBuffer(string: end), promise: nil)
            return
        }
        for _ in 1..<pieces { channel.write(piece, promise: nil) }
        channel.writeAndFlush(piece).whenSuccess {
            state.streamed(piece.readableBytes * pieces)
            channel.eventLoop.scheduleTask(in: pause) {
                pace(piece, pieces, times - 1, pause, end, channel, state)
            }
        }
    }

    private func send(_ bytes: [UInt8], then ending: OriginBehaviour.Ending, _ channel: any Channel) {
        guard !bytes.isEmpty else { return ConnectionEnd.apply(ending, to: channel) }
        channel.writeAndFlush(ByteBuffer(bytes: bytes)).whenComplete { _ in ConnectionEnd.apply(ending, to: channel) }
    }
}
