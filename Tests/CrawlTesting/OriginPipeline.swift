internal import Glibc
internal import NIOCore
internal import NIOHTTP2
internal import NIOSSL

/// Certificate and protocols of an origin that speaks TLS.
struct TLSSettings: Sendable {
    let context: NIOSSLContext
    let offersHTTP2: Bool

    /// nil for plain TCP.
    init?(_ transport: MisbehavingOrigin.Transport) throws {
        let kind: TestCertificates.Kind
        switch transport {
        case .plain: return nil
        case .tls(let certificate): (kind, offersHTTP2) = (certificate, false)
        case .http2(let certificate): (kind, offersHTTP2) = (certificate, true)
        }
        let files = try TestCertificates.shared.get().files(kind)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem)))
        if offersHTTP2 { configuration.applicationProtocols = NIOHTTP2SupportedALPNProtocols }
        context = try NIOSSLContext(configuration: configuration)
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
        try pipeline.addHandler(NIOSSLServerHandler(context: tls.context))
        guard tls.offersHTTP2 else {
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
