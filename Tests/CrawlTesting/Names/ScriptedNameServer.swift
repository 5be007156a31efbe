internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A real name server on a loopback port, over UDP and TCP, that says exactly what it is told, or says nothing, and keeps
/// a log of what it was asked.
///
/// ```swift
/// let server = try await ScriptedNameServer.start { question in
///     question.name == "a.example" ? .addresses(["127.0.0.2"], to: question) : .noName()
/// }
/// …ask 127.0.0.1, port server.port…
/// server.count("a.example")
/// await server.stop()
/// ```
///
/// May be used from any thread. The closure is called on the server's thread, and should be quick.
package final class ScriptedNameServer: Sendable {
    package typealias Script = @Sendable (ServedQuestion) -> ServedReply

    package struct Options: Sendable {
        /// 0 = any free one.
        package var port = 0
        package var address = "127.0.0.1"
        /// Each question is kept; else only counted.
        package var keepsLog = true
        /// While so many questions over UDP wait for their answers, others are REFUSED at once; nil = never.
        package var mostAtATime: Int?
        /// Of its UDP socket, in bytes; the kernel may give less.
        package var receiveBuffer = 4 << 20

        package init() {}
    }

    package let port: Int
    let state: ServedState
    private let datagrams: any Channel
    private let listener: any Channel
    private let connections: OriginConnections

    private init(
        port: Int, state: ServedState, datagrams: any Channel, listener: any Channel, connections: OriginConnections
    ) {
        self.port = port
        self.state = state
        self.datagrams = datagrams
        self.listener = listener
        self.connections = connections
    }

    /// Ready for questions when it returns.
    package static func start(_ options: Options = Options(), _ script: @escaping Script) async throws
        -> ScriptedNameServer
    {
        // A port that is free for UDP may be taken for TCP.
        for _ in 1..<20 where options.port == 0 {
            if let server = try? await bind(options, script) { return server }
        }
        return try await bind(options, script)
    }

    private static func bind(_ options: Options, _ script: @escaping Script) async throws -> ScriptedNameServer {
        let state = ServedState(script, options)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let datagrams = try await DatagramBootstrap(group: loop)
            .channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(options.receiveBuffer))
            .channelOption(.socketOption(.so_sndbuf), value: SocketOptionValue(options.receiveBuffer))
            .channelOption(.datagramVectorReadMessageCount, value: 32)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 32 * 1024))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ServedDatagramHandler(state))
                }
            }
            .bind(host: options.address, port: options.port).get()
        let port = datagrams.localAddress?.port ?? 0
        let connections = OriginConnections()
        do {
            let listener = try await ServerBootstrap(group: loop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    connections.add(channel)
                    return channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ServedStreamHandler(state))
                    }
                }
                .bind(host: options.address, port: port).get()
            return ScriptedNameServer(
                port: port, state: state, datagrams: datagrams, listener: listener, connections: connections)
        } catch {
            try? await datagrams.close().get()
            throw error
        }
    }

    /// From now on this is what is said.
    package func say(_ script: @escaping Script) { state.set(script) }

    /// How many questions have come in.
    package var count: Int { state.count.load(ordering: .relaxed) }

    /// Most questions over UDP that waited for their answers at a time.
    package var peak: Int { state.peak.load(ordering: .relaxed) }

    /// How many of the questions were REFUSED because of `mostAtATime`.
    package var refusals: Int { state.refusals.load(ordering: .relaxed) }

    /// In the order they came; empty without a log.
    package var questions: [ServedQuestion] { state.log }

    /// Those for `name`, of one type or of any; needs the log.
    package func count(_ name: String, type: UInt16? = nil) -> Int {
        state.log.count { $0.name == name && (type == nil || $0.type == type) }
    }

    /// Closes the port and all connections. Idempotent.
    package func stop() async {
        try? await datagrams.close().get()
        try? await listener.close().get()
        for channel in connections.all() { channel.close(promise: nil) }
    }
}

/// What all channels of a server share.
final class ServedState: Sendable {
    let count = Atomic<Int>(0)
    let peak = Atomic<Int>(0)
    let refusals = Atomic<Int>(0)
    let mostAtATime: Int
    private let keepsLog: Bool
    /// Wrapped: a closure that is read from a `Mutex` itself gets one thunk more with each reading.
    private struct Scripted {
        let reply: ScriptedNameServer.Script
    }

    private let script: Mutex<Scripted>
    private let questions = Mutex<[ServedQuestion]>([])

    init(_ script: @escaping ScriptedNameServer.Script, _ options: ScriptedNameServer.Options) {
        self.script = Mutex(Scripted(reply: script))
        keepsLog = options.keepsLog
        mostAtATime = options.mostAtATime ?? .max
    }

    var log: [ServedQuestion] { questions.withLock { $0 } }

    func set(_ script: @escaping ScriptedNameServer.Script) { self.script.withLock { $0 = Scripted(reply: script) } }

    func reply(to question: ServedQuestion) -> ServedReply {
        count.wrappingAdd(1, ordering: .relaxed)
        if keepsLog { questions.withLock { $0.append(question) } }
        let script = script.withLock { $0 }
        return script.reply(question)
    }
}
