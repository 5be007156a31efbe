internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import NIOSSL

/// Answers the request of one HTTP/2 stream. Faults are written as raw frames below NIO's own HTTP/2 handler, which
/// would refuse to.
final class HTTP2OriginHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let state: OriginState
    private let connection: Int

    init(_ state: OriginState, connection: Int) {
        self.state = state
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .headers(let payload) = unwrapInboundIn(data) else { return }
        let headers = payload.headers
        let request = OriginRequest(
            method: headers.first(name: ":method") ?? "", path: headers.first(name: ":path") ?? "",
            headers: headers.map { ($0.name, $0.value) }, body: [], receivedAtMs: OriginState.nowMs,
            connection: connection, isHTTP2: true)
        switch state.receive(request) {
        case .status(let status, let headers, let body): answer(status, headers, body, isWhole: true, context)
        case .http2(let fault): fail(fault, context)
        case .raw, .rawBytes, .sequence, .byHeader, .stream, .paced: context.close(promise: nil)
        }
    }

    private func answer(
        _ status: Int, _ headers: [(String, String)], _ body: [UInt8], isWhole: Bool, _ context: ChannelHandlerContext
    ) {
        var block = HPACKHeaders([(":status", "\(status)")])
        for (name, value) in headers { block.add(name: name.lowercased(), value: value) }
        block.add(name: "content-length", value: "\(isWhole ? body.count : body.count + 1000)")
        context.write(wrapOutboundOut(.headers(.init(headers: block))), promise: nil)
        let data = HTTP2Frame.FramePayload.Data(data: .byteBuffer(ByteBuffer(bytes: body)), endStream: isWhole)
        context.writeAndFlush(wrapOutboundOut(.data(data)), promise: nil)
    }

    private func fail(_ fault: OriginBehaviour.HTTP2Fault, _ context: ChannelHandlerContext) {
        guard let parent = context.channel.parent else { return }
        let internalError: [UInt8] = [0, 0, 0, 2]
        switch fault {
        case .resetStream:
            // libcurl numbers its streams 1, 3, 5, …; each connection of a test carries one.
            write(RawFrame(type: 3, stream: 1, payload: internalError), parent, then: .keepOpen)
        case .goAway:
            write(RawFrame(type: 7, stream: 0, payload: [0, 0, 0, 0] + internalError), parent, then: .close)
        case .protocolError:
            write(RawFrame(type: 0, stream: 0, payload: [0x78]), parent, then: .keepOpen)
        case .endMidBody:
            answer(200, [], Array("part".utf8), isWhole: false, context)
            // An empty SETTINGS frame behind it, so that the end comes after the part is on its way.
            write(RawFrame(type: 4, stream: 0, payload: []), parent, then: .closeWithoutNotify)
        case .unknownFrames(let count, let times, let everyMs):
            let frame = RawFrame(type: 0x7F, stream: 0, payload: Array(repeating: 0, count: 200)).bytes
            let bytes = ByteBuffer(bytes: Array(repeating: frame, count: count).flatMap(\.self))
            Self.repeats(bytes, times, .milliseconds(everyMs), parent, state)
        }
    }

    private static func repeats(
        _ bytes: ByteBuffer, _ times: Int, _ pause: TimeAmount, _ parent: any Channel, _ state: OriginState
    ) {
        guard times > 0,
            let below = try? parent.pipeline.syncOperations.context(handlerType: NIOHTTP2Handler.self)
        else { return }
        let written = parent.eventLoop.makePromise(of: Void.self)
        below.writeAndFlush(NIOAny(bytes), promise: written)
        written.futureResult.whenSuccess {
            state.streamed(bytes.readableBytes)
            parent.eventLoop.scheduleTask(in: pause) { repeats(bytes, times - 1, pause, parent, state) }
        }
    }

    private func write(_ frame: RawFrame, _ parent: any Channel, then ending: OriginBehaviour.Ending) {
        guard let below = try? parent.pipeline.syncOperations.context(handlerType: NIOHTTP2Handler.self) else { return }
        let written = parent.eventLoop.makePromise(of: Void.self)
        below.writeAndFlush(NIOAny(ByteBuffer(bytes: frame.bytes)), promise: written)
        written.futureResult.whenComplete { _ in ConnectionEnd.apply(ending, to: parent) }
    }

    /// RFC 9113 §4.1, flags always 0.
    private struct RawFrame {
        var type: UInt8
        var stream: UInt8
        var payload: [UInt8]
        var bytes: [UInt8] { [0, 0, UInt8(payload.count), type, 0, 0, 0, 0, stream] + payload }
    }
}
