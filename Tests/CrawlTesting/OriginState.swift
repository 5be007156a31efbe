internal import Foundation
internal import Synchronization

/// What the event loop and the tests share of an origin: behaviours in, requests out.
final class OriginState: Sendable {
    private struct Content {
        var behaviours: [String: OriginBehaviour] = [:]
        var otherwise = OriginBehaviour.status(404)
        var accept: AcceptBehaviour
        var requests: [OriginRequest] = []
        var connections = 0
        var streamedBytes = 0
        var waiters: [Waiter] = []
    }

    private struct Waiter {
        var path: String?
        var count: Int
        var continuation: CheckedContinuation<Void, Never>
    }

    private let content: Mutex<Content>

    init(accept: AcceptBehaviour) { content = Mutex(Content(accept: accept)) }

    var requests: [OriginRequest] { content.withLock { $0.requests } }
    var connections: Int { content.withLock { $0.connections } }

    func set(_ behaviour: OriginBehaviour, for path: String?) {
        content.withLock {
            if let path { $0.behaviours[path] = behaviour } else { $0.otherwise = behaviour }
        }
    }

    var streamedBytes: Int { content.withLock { $0.streamedBytes } }

    func streamed(_ count: Int) { content.withLock { $0.streamedBytes += count } }

    func set(_ accept: AcceptBehaviour) { content.withLock { $0.accept = accept } }

    /// The number of a new connection and what to do with it.
    func accept() -> (number: Int, behaviour: AcceptBehaviour) {
        content.withLock {
            $0.connections += 1
            return ($0.connections, $0.accept)
        }
    }

    /// Notes the request and says how to answer it.
    func receive(_ request: OriginRequest) -> OriginBehaviour {
        let (behaviour, ready) = content.withLock { content in
            content.requests.append(request)
            let waiters = content.waiters
            let ready = waiters.filter { count(content, $0.path) >= $0.count }
            content.waiters = waiters.filter { count(content, $0.path) < $0.count }
            return (next(&content, request.path), ready)
        }
        for waiter in ready { waiter.continuation.resume() }
        guard case .byHeader(let name, let there, let missing) = behaviour else { return behaviour }
        return request.header(name) == nil ? missing : there
    }

    /// Returns once `count` requests for `path` (nil = any) have come.
    func wait(_ count: Int, for path: String?) async {
        await withCheckedContinuation { continuation in
            let isThere = content.withLock { content in
                if self.count(content, path) >= count { return true }
                content.waiters.append(Waiter(path: path, count: count, continuation: continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    static var nowMs: Int64 {
        Int64(Date().timeIntervalSince1970 * 1000)
    }

    private func count(_ content: Content, _ path: String?) -> Int {
        guard let path else { return content.requests.count }
        return content.requests.count { $0.path == path }
    }

    private func next(_ content: inout Content, _ path: String) -> OriginBehaviour {
        let isKnown = content.behaviours[path] != nil
        var behaviour = content.behaviours[path] ?? content.otherwise
        while case .sequence(let steps) = behaviour, let first = steps.first {
            if steps.count > 1 {
                let rest = OriginBehaviour.sequence(Array(steps.dropFirst()))
                if isKnown { content.behaviours[path] = rest } else { content.otherwise = rest }
            }
            behaviour = first
        }
        return behaviour
    }
}
