import CrawlCore
import CrawlFetch
import CrawlTesting
import CurlKit
import Glibc
import Synchronization
import Testing

/// Whatever fails in our own machine before a packet is out is ours, and ends at once.
@Suite(.timeLimit(.minutes(1)))
struct SocketFaultTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var errno: Int32
        /// All requests would meet it.
        var isLimit = false
        var testDescription: String { name }
    }

    /// Those of socket(2).
    static let ofSocket = [
        Fault(name: "EMFILE", errno: EMFILE, isLimit: true), Fault(name: "ENFILE", errno: ENFILE, isLimit: true),
        Fault(name: "ENOBUFS", errno: ENOBUFS, isLimit: true), Fault(name: "ENOMEM", errno: ENOMEM, isLimit: true),
        Fault(name: "EACCES", errno: EACCES), Fault(name: "EPERM", errno: EPERM),
        Fault(name: "EAFNOSUPPORT", errno: EAFNOSUPPORT), Fault(name: "EPROTONOSUPPORT", errno: EPROTONOSUPPORT),
        Fault(name: "EINVAL", errno: EINVAL),
    ]

    /// Those of epoll_ctl(2).
    static let ofWatch = [
        Fault(name: "ENOSPC", errno: ENOSPC, isLimit: true), Fault(name: "ENOMEM", errno: ENOMEM, isLimit: true),
        Fault(name: "EPERM", errno: EPERM), Fault(name: "EBADF", errno: EBADF), Fault(name: "EINVAL", errno: EINVAL),
        Fault(name: "ELOOP", errno: ELOOP), Fault(name: "EEXIST", errno: EEXIST), Fault(name: "ENOENT", errno: ENOENT),
    ]

    private func expectOurs(_ result: FetchResult, _ fault: Fault, _ code: Int32) {
        #expect(result.curlCode == code)
        #expect(result.osErrno == fault.errno)
        #expect(!result.wasSent)
        #expect(!result.flags.contains(.openedSocket) || code == 42)
        #expect(OutcomeClassifier().classify(result).outcome == .inconclusive)
        #expect(result.metLocalLimit == fault.isLimit)
    }

    @Test("socket(2) fails", arguments: ofSocket, [nil, UInt16(0)])
    func noSocket(_ fault: Fault, proxy: UInt16?) async throws {
        let proxies = try #require(ProxyServer("http://127.0.0.1:9"))
        let harness = FetchHarness {
            $0.socketCalls.socket = { _, _, _ in .failure(SocketFault(errno: fault.errno)) }
            $0.proxies = [proxies]
        }
        for scheme in ["http", "https"] {
            let result = await harness.fetch(
                "\(scheme)://\(proxy == nil ? "127.0.0.1:9" : "example.com")/", route: FetchRoute(proxy: proxy))
            expectOurs(result, fault, 7)
        }
    }

    @Test("a socket cannot be watched: its request ends, and does not wait for a time-out", arguments: ofWatch)
    func notWatched(_ fault: Fault) async throws {
        let kernel = SocketCalls()
        let isBroken = Atomic(true)
        let harness = FetchHarness {
            $0.socketCalls.control = { set, operation, descriptor, events, data in
                guard isBroken.load(ordering: .relaxed), operation != SocketCalls.forget else {
                    return kernel.control(set, operation, descriptor, events, data)
                }
                return SocketFault(errno: fault.errno)
            }
        }
        let full = try #require(FullBacklog())
        expectOurs(await harness.fetch("http://127.0.0.1:\(full.port)/"), fault, 42)
        expectOurs(await harness.fetch("https://127.0.0.1:\(full.port)/"), fault, 42)
        // What cannot be watched is the end of the look-up.
        expectOurs(await harness.fetch("http://localhost:\(full.port)/"), fault, 42)

        isBroken.store(false, ordering: .relaxed)
        let origin = try await MisbehavingOrigin.start()
        origin.onEverythingElse(.status(200, text: "a page"))
        let good = await harness.fetch(origin.url("/"))
        #expect(good.status == 200)
        #expect(good.flags.contains(.openedSocket))
        await origin.stop()
    }

    @Test(
        "of a name with two addresses one has no socket and the other refuses: that is the answer, unless sockets ran out",
        .enabled(if: NetworkIsland.isPossible, "takes IPv6"),
        arguments: [
            (EAFNOSUPPORT, Outcome.originDown), (EPROTONOSUPPORT, .originDown), (EACCES, .originDown),
            (EMFILE, .inconclusive), (ENOBUFS, .inconclusive),
        ])
    func oneFamily(_ errno: Int32, _ outcome: Outcome) async throws {
        let kernel = SocketCalls()
        let harness = FetchHarness {
            $0.allowAddresses = ["127.0.0.0/8", "::1/128"].compactMap { IPNetwork($0) }
            $0.socketCalls.socket = { family, type, number in
                guard family == AF_INET6 else { return kernel.socket(family, type, number) }
                return .failure(SocketFault(errno: errno))
            }
        }
        let result = await harness.fetch("http://localhost:9/")
        #expect(result.curlCode == 7)
        #expect(result.flags.contains(.sentPacket))
        #expect(OutcomeClassifier().classify(result).outcome == outcome)
        #expect(result.metLocalLimit == (outcome == .inconclusive))
    }
}
