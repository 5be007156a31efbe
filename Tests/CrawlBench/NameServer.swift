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

    private let server: ScriptedNameServer
    var port: Int { server.port }

    init() throws {
        let result = Mutex<Result<ScriptedNameServer, any Error>?>(nil)
        let isReady = DispatchSemaphore(value: 0)
        Task {
            var options = ScriptedNameServer.Options()
            options.keepsLog = false
            do {
                let server = try await ScriptedNameServer.start(options) { _ in .silence }
                result.withLock { $0 = .success(server) }
            } catch {
                result.withLock { $0 = .failure(error) }
            }
            isReady.signal()
        }
        isReady.wait()
        guard let started = result.withLock({ $0 }) else { throw BenchFailure("the name server did not start") }
        server = try started.get()
    }

    static func name(_ number: Int) -> String { "www.site-\(number).example" }

    func say(_ kind: Kind) { server.say { Self.answer($0, kind) } }

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
