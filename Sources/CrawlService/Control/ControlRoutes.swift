import ControlAPI
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Every path of the control socket: this table is all there is.
struct ControlRoutes: Sendable {
    private struct Route: Sendable {
        var method: HTTPRequest.Method
        var path: String
        /// Only for those who may write.
        var writes = false
        /// Names that its query may have.
        var query: [String] = []
        var handle: @Sendable (ControlRequest) async throws -> Response
    }

    /// Ends the paths of what has a name of its own.
    private static let anyName = "/{name}"

    private static func table(_ verbs: ControlVerbs) -> [Route] {
        [
            Route(method: .post, path: Routes.urls, writes: true, handle: verbs.enqueueURLs),
            Route(
                method: .get, path: Routes.urls, query: ["url", "state", "origin", "after", "limit"],
                handle: verbs.readURLs),
            Route(
                method: .delete, path: Routes.urls, writes: true, query: ["url", "origin"], handle: verbs.removeURLs),
            Route(
                method: .post, path: Routes.revive, writes: true, query: ["url", "origin", "incident", "cause"],
                handle: verbs.reviveURLs),
            Route(method: .get, path: Routes.explain, query: ["url"], handle: verbs.explain),
            Route(method: .get, path: Routes.origins, query: ["origin"], handle: verbs.showOrigin),
            Route(
                method: .get, path: Routes.incidents, query: ["id", "open", "cause", "after", "limit"],
                handle: verbs.readIncidents),
            Route(
                method: .get, path: Routes.sitemaps, query: ["open", "after", "limit"], handle: verbs.listSitemaps),
            Route(method: .get, path: Routes.alerts, query: ["open", "after", "limit"], handle: verbs.listAlerts),
            Route(
                method: .get, path: Routes.results,
                query: ["after", "limit", "follow", "outcome", "origin", "consumer"], handle: verbs.readResults),
            Route(
                method: .put, path: Routes.consumers + Self.anyName, writes: true, query: ["after"],
                handle: verbs.addConsumer),
            Route(
                method: .delete, path: Routes.consumers + Self.anyName, writes: true, handle: verbs.removeConsumer),
            Route(
                method: .post, path: Routes.ack, writes: true, query: ["consumer", "seq"], handle: verbs.acknowledge),
            Route(
                method: .get, path: Routes.content, query: ["url", "raw", "headers"], handle: verbs.readContent),
            Route(method: .get, path: Routes.status, handle: verbs.showStatus),
            Route(method: .post, path: Routes.pause, writes: true, handle: verbs.pause),
            Route(method: .post, path: Routes.resume, writes: true, handle: verbs.resume),
            Route(method: .get, path: Routes.healthz, handle: verbs.showHealth),
        ]
    }

    private let responder: RouterResponder<ControlContext>
    private let methods: [String: [String]]
    private let logger: Logger

    init(verbs: ControlVerbs, role: ControlRole, logger: Logger) {
        let router = Router(context: ControlContext.self, options: .autoGenerateHeadEndpoints)
        var methods: [String: [String]] = [:]
        for route in Self.table(verbs) {
            methods[route.path, default: []] += route.method == .get ? ["GET", "HEAD"] : [route.method.rawValue]
            router.on(RouterPath(route.path), method: route.method) {
                (request: Request, context: ControlContext) async throws -> Response in
                if route.writes { try await Self.authorize(context.channel, role) }
                let query = try QueryParameters(Self.query(request), allowed: route.query)
                return try await route.handle(
                    ControlRequest(request: request, query: query, connection: context.channel))
            }
        }
        responder = router.buildResponder()
        self.methods = methods
        self.logger = logger
    }

    func respond(to request: Request, channel: any Channel) async -> Response {
        var response: Response
        do {
            guard let allowed = allowed(request.uri.path) else {
                throw ProblemAnswer(404, ProblemCode.notFound, "no such path: \(request.uri.path.prefix(256))")
            }
            guard allowed.contains(request.method.rawValue) else {
                var answer = ProblemAnswer(
                    405, ProblemCode.methodNotAllowed, "\(request.uri.path) has \(allowed.joined(separator: ", "))")
                answer.allow = allowed.joined(separator: ", ")
                throw answer
            }
            let context = ControlContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
            response = try await responder.respond(to: request, context: context)
        } catch {
            response = ProblemAnswer(error, logger: logger).response
        }
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// nil = there is no such path.
    private func allowed(_ path: String) -> [String]? {
        if let methods = methods[path] { return methods }
        guard let slash = path.lastIndex(of: "/"), path.index(after: slash) < path.endIndex else { return nil }
        return methods[path[..<slash] + Self.anyName]
    }

    /// Still encoded.
    private static func query(_ request: Request) -> Substring? {
        guard let path = request.head.path, let mark = path.firstIndex(of: "?") else { return nil }
        return path[path.index(after: mark)...].prefix { $0 != "#" }
    }

    private static func authorize(_ channel: any Channel, _ role: ControlRole) async throws {
        if let peer = await PeerIdentity.of(channel), role.mayWrite(peer) { return }
        throw ProblemAnswer(
            403, ProblemCode.forbidden, "only root, the daemon's user and members of the socket's group may do this")
    }
}

/// A request with its query read.
struct ControlRequest: Sendable {
    var request: Request
    var query: QueryParameters
    var connection: any Channel

    /// Of its connection.
    var loop: any EventLoop { connection.eventLoop }
    /// The last part of its path, still encoded.
    var name: String { String(request.uri.path.split(separator: "/").last ?? "") }
}

/// Hummingbird's values and the connection, whose other end decides what is allowed.
struct ControlContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
