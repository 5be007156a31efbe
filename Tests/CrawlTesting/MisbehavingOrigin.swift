internal import NIOCore
internal import NIOHTTP2
internal import NIOPosix
internal import NIOSSL

/// A real server on a loopback address that answers, or fails to, exactly as it is told, and keeps a log of what it was
/// asked. Behaviours can be changed while it runs.
///
/// ```swift
/// let origin = try await MisbehavingOrigin.start(address: "127.0.0.1")
/// origin.on("/x", .status(520, headers: [("server", "cloudflare")], text: "error code: 520"))
/// origin.on("/cut", .raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", then: .close))
/// …fetch origin.url("/x")…
/// await origin.wait(1, for: "/x")
/// origin.requests(for: "/x").map(\.receivedAtMs)
/// await origin.stop()
/// ```
///
/// Paths without a behaviour get a 404, or what `onEverythingElse` said. May be used from any thread.
package final class MisbehavingOrigin: Sendable {
    package enum Transport: Sendable {
        case plain
        /// HTTP/1.1 over TLS.
        case tls(TestCertificates.Kind)
        /// TLS with HTTP/2 by ALPN; peers that do not offer it, and those that ask for one of some names, get HTTP/1.1.
        case http2(TestCertificates.Kind, butNotFor: Set<String> = [])
    }

    package let address: String
    package let port: Int
    private let scheme: String
    private let state: OriginState
    private let listener: any Channel
    private let connections: OriginConnections

    private init(
        address: String, scheme: String, port: Int, state: OriginState, listener: any Channel,
        connections: OriginConnections
    ) {
        self.address = address
        self.scheme = scheme
        self.port = port
        self.state = state
        self.listener = listener
        self.connections = connections
    }

    /// `port` 0 = any free one; with a `unixSocketPath` it listens there instead, and the URL's host means nothing.
    /// Ready for connections when it returns.
    package static func start(
        address: String = "127.0.0.1", port: Int = 0, unixSocketPath: String? = nil, transport: Transport = .plain,
        onAccept: AcceptBehaviour = .serve
    ) async throws -> MisbehavingOrigin {
        let state = OriginState(accept: onAccept)
        let connections = OriginConnections()
        let tls = try TLSSettings(transport)
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                connections.add(channel)
                return channel.eventLoop.makeCompletedFuture {
                    try OriginPipeline.configure(channel, state, tls)
                }
            }
        let listener =
            if let unixSocketPath {
                try await bootstrap.bind(unixDomainSocketPath: unixSocketPath).get()
            } else {
                try await bootstrap.bind(host: address, port: port).get()
            }
        return MisbehavingOrigin(
            address: address, scheme: tls == nil ? "http" : "https", port: listener.localAddress?.port ?? 0,
            state: state,
            listener: listener, connections: connections)
    }

    /// From now on, requests for `path` (with its query) are answered so.
    package func on(_ path: String, _ behaviour: OriginBehaviour) { state.set(behaviour, for: path) }

    /// The answer to every path without a behaviour of its own; at the start a 404.
    package func onEverythingElse(_ behaviour: OriginBehaviour) { state.set(behaviour, for: nil) }

    /// What happens to connections made from now on.
    package func onAccept(_ behaviour: AcceptBehaviour) { state.set(behaviour) }

    /// The requests for `path` so far, in the order they came.
    package func requests(for path: String) -> [OriginRequest] { state.requests.filter { $0.path == path } }

    package var requests: [OriginRequest] { state.requests }

    /// Connections so far, those that asked nothing included.
    package var connectionCount: Int { state.connections }

    /// What `OriginBehaviour.stream`, `.paced` and `HTTP2Fault.unknownFrames` have brought out so far, heads apart.
    package var streamedBytes: Int { state.streamedBytes }

    /// Returns once `count` requests have come in all for `path`; nil = for any.
    package func wait(_ count: Int, for path: String? = nil) async { await state.wait(count, for: path) }

    package func url(_ path: String) -> String { "\(scheme)://\(address):\(port)\(path)" }

    /// Closes the port and all connections. Idempotent.
    package func stop() async {
        try? await listener.close().get()
        for channel in connections.all() { channel.close(promise: nil) }
    }
}
