internal import Glibc
internal import NIOCore
internal import NIOHTTP2
internal import NIOSSL
internal import NIOTLS

/// Certificate and protocols of an origin that speaks TLS.
struct TLSSettings: Sendable {
    /// nil = it has not got HTTP/2.
    private let http2: NIOSSLContext?
    private let http1: NIOSSLContext
    /// Names that get HTTP/1.1 whatever is offered.
    private let http1Names: Set<String>

    /// nil for plain TCP.
    init?(_ transport: MisbehavingOrigin.Transport) throws {
        let kind: TestCertificates.Kind
        let offersHTTP2: Bool
        switch transport {
        case .plain: return nil
        case .tls(let certificate): (kind, offersHTTP2, http1Names) = (certificate, false, [])
        case .http2(let certificate, let names): (kind, offersHTTP2, http1Names) = (certificate, true, names)
        }
        let files = try TestCertificates.shared.get().files(kind)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem)))
        http1 = try NIOSSLContext(configuration: configuration)
        configuration.applicationProtocols = NIOHTTP2SupportedALPNProtocols
        http2 = offersHTTP2 ? try NIOSSLContext(configuration: configuration) : nil
    }

    /// The names decide only if there are any: else a client that names no host is served too.
    var hasNames: Bool { !http1Names.isEmpty }

    /// `name`: what the client asked for; nil = nothing.
    func context(for name: String?) -> (context: NIOSSLContext, offersHTTP2: Bool) {
        guard let http2, !(name.map { http1Names.contains($0) } ?? false) else { return (http1, false) }
        return (http2, true)
    }
}

/// Builds the handlers of a new connection as its origin's `AcceptBehaviour` has it.
enum OriginPipeline {
    static func configure(_ channel: any Channel, _ state: OriginState, _ tls: TLSSettings?) throws {
        let (number, behaviour) = state.accept()
        let pipeline = channel.pipeline.syncOperations
        guard case .serve = behaviour else {
            return try pipeline.addHandler(AcceptFaultHandler(behaviour))
        }
        guard let tls else {
            return try pipeline.addHandler(HTTP1OriginHandler(state, connection: number))
        }
        guard tls.hasNames else { return try serve(channel, state, number, tls, name: nil) }
        try pipeline.addHandler(
            ByteToMessageHandler(
                SNIHandler { result in
                    channel.eventLoop.makeCompletedFuture {
                        let name: String? = if case .hostname(let name) = result { name } else { nil }
                        try serve(channel, state, number, tls, name: name)
                    }
                }))
    }

    private static func serve(
        _ channel: any Channel, _ state: OriginState, _ number: Int, _ tls: TLSSettings, name: String?
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        let (context, offersHTTP2) = tls.context(for: name)
        try pipeline.addHandler(NIOSSLServerHandler(context: context))
        guard offersHTTP2 else {
            return try pipeline.addHandler(HTTP1OriginHandler(state, connection: number))
        }
        channel.configureHTTP2SecureUpgrade(
            h2ChannelConfigurator: { channel in
                channel.configureHTTP2Pipeline(
                    mode: .server, connectionConfiguration: .init(), streamConfiguration: .init()
                ) { stream in
                    stream.eventLoop.makeCompletedFuture {
                        try stream.pipeline.syncOperations.addHandler(HTTP2OriginHandler(state, connection: number))
                    }
                }.map { _ in }
            },
            http1ChannelConfigurator: { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(HTTP1OriginHandler(state, connection: number))
                }
            }
        ).whenFailure { _ in channel.close(promise: nil) }
    }
}

/// Ends a connection, on its event loop.
enum ConnectionEnd {
    static func apply(_ ending: OriginBehaviour.Ending, to channel: any Channel) {
        switch ending {
        case .keepOpen: break
        case .close: channel.close(promise: nil)
        case .closeWithoutNotify: closeTCP(channel)
        case .reset:
            (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                .whenComplete { _ in closeTCP(channel) }
        }
    }

    /// From below the TLS handler, which would say goodbye.
    private static func closeTCP(_ channel: any Channel) {
        if let context = try? channel.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self) {
            context.close(promise: nil)
        } else {
            channel.close(promise: nil)
        }
    }
}
