import CrawlTesting
import Foundation
import Synchronization

/// The name server of the tests on the loopback, which answers 20 ms late for `NameServer.name(0)`, `name(1)` and so on: an
/// address of 127.0.0.0/8 each, and none of IPv6.
final class NameServer: Sendable {
    static let delay = Duration.milliseconds(20)
    /// Of answers.
    static let ttl: UInt32 = 86_400

    /// What becomes of the names, by their numbers.
    enum Kind: String {
        case good = "all good"
        case unknown = "30 % unknown"
        case silent = "5 % silent"
        /// They have one address together.
        case shared = "one address"

        func isGood(_ number: Int) -> Bool {
            switch self {
            case .good, .shared: true
            case .unknown: number % 10 >= 3
            case .silent: number % 20 != 0
            }
        }

        fileprivate var failure: ServedReply {
            self == .silent ? .silence : .noName(minimum: 3600).late(NameServer.delay)
        }
    }

    /// Where it answers too for a daemon that asks the system's resolver, on port 53: no machine has its own there.
    static let systemAddress = "127.9.9.53"

    private struct State {
        /// What was said last; nil = nothing yet.
        var kind: Kind?
        /// At `systemAddress`; nil = not wanted so far.
        var system: ScriptedNameServer?
    }

    private let server: ScriptedNameServer
    private let state = Mutex(State())
    /// Of 127.0.0.1.
    var port: Int { server.port }

    init() throws { server = try Self.start(ScriptedNameServer.Options()) }

    /// From now on it answers at `systemAddress` too.
    func answerAsSystems() throws {
        try state.withLock { state in
            guard state.system == nil else { return }
            guard geteuid() == 0 else {
                throw BenchFailure(
                    "this crawld has no dns.servers; a name server in the place of /etc/resolv.conf's takes root")
            }
            var options = ScriptedNameServer.Options()
            (options.address, options.port) = (Self.systemAddress, 53)
            let system = try Self.start(options)
            if let kind = state.kind { system.say { Self.answer($0, kind) } }
            state.system = system
        }
    }

    private static func start(_ options: ScriptedNameServer.Options) throws -> ScriptedNameServer {
        var options = options
        options.keepsLog = false
        let result = Mutex<Result<ScriptedNameServer, any Error>?>(nil)
        let isReady = DispatchSemaphore(value: 0)
        Task { [options] in
            do {
                let server = try await ScriptedNameServer.start(options) { _ in .silence }
                result.withLock { $0 = .success(server) }
            } catch {
                result.withLock { $0 = .failure(error) }
            }
            isReady.signal()
        }
        isReady.wait()
        switch result.withLock({ $0 }) {
        case .success(let server): return server
        case .failure(let error):
            throw BenchFailure("the name server cannot have \(options.address), port \(options.port): \(error)")
        case nil: throw BenchFailure("the name server did not start")
        }
    }

    static func name(_ number: Int) -> String { "www.site-\(number).example" }

    func say(_ kind: Kind) {
        server.say { Self.answer($0, kind) }
        state.withLock { state in
            state.kind = kind
            state.system?.say { Self.answer($0, kind) }
        }
    }

    private static func answer(_ question: ServedQuestion, _ kind: Kind) -> ServedReply {
        guard let number = number(question.name) else { return .noName(minimum: 3600).late(delay) }
        guard kind.isGood(number) else { return kind.failure }
        guard question.type == ServedQuestion.a else { return .noAddress(minimum: 3600).late(delay) }
        let address = 0x7F00_0000 + 256 + (kind == .shared ? 0 : UInt32(number))
        return .address(address, ttl: ttl).late(delay)
    }

    private static func number(_ name: String) -> Int? {
        let (before, after) = ("www.site-", ".example")
        guard name.hasPrefix(before), name.hasSuffix(after) else { return nil }
        return Int(name.dropFirst(before.count).dropLast(after.count))
    }
}
