import CrawlCore
import CrawlFetch
import CrawlTesting
import CurlKit
import Glibc
import Testing

/// What connect(2) fails with, made by a real kernel: routes and ports of a network of the test's own, in which the
/// worker's sockets are made.
@Suite(
    .timeLimit(.minutes(1)),
    .enabled(if: NetworkIsland.isPossible, "a network of its own takes root, namespaces, iproute2 and IPv6"))
struct ConnectFaultTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        /// A command in that network.
        var command = "true"
        var address = "198.51.100.7"
        var errno: Int32
        var outcome: Outcome
        var testDescription: String { name }
    }

    @Test(arguments: [
        Row(name: "ECONNREFUSED: nobody listens", errno: ECONNREFUSED, outcome: .originDown),
        Row(
            name: "EHOSTUNREACH: a router says so", command: "ip route add unreachable 198.51.100.7",
            errno: EHOSTUNREACH,
            outcome: .unreachable),
        Row(
            name: "ENETUNREACH: there is no route", command: "ip route add throw 198.51.100.7", errno: ENETUNREACH,
            outcome: .unreachable),
        Row(
            name: "EACCES: a rule of ours forbids it", command: "ip route add prohibit 198.51.100.7", errno: EACCES,
            outcome: .inconclusive),
        Row(
            name: "EINVAL: a rule of ours swallows it", command: "ip route add blackhole 198.51.100.7", errno: EINVAL,
            outcome: .inconclusive),
        Row(
            name: "ENETUNREACH: the broadcast address", command: "ip addr add 198.51.100.1/24 brd + dev lo",
            address: "198.51.100.255", errno: ENETUNREACH, outcome: .unreachable),
    ])
    func route(_ row: Row) async throws {
        let island = try NetworkIsland()
        try island.shell(row.command)
        let result = await Self.harness(on: island).fetch("http://\(row.address)/")
        #expect(result.curlCode == 7)
        #expect(result.osErrno == row.errno)
        #expect(OutcomeClassifier().classify(result).outcome == row.outcome)
        #expect(!result.metLocalLimit)
    }

    @Test("EADDRNOTAVAIL: every local port to that address is taken")
    func noPort() async throws {
        let island = try NetworkIsland()
        try island.shell("echo 40000 40000 >/proc/sys/net/ipv4/ip_local_port_range")
        let server = try IslandServer(on: island)
        let harness = Self.harness(on: island)
        server.on("/slow", "")
        // The first holds the one port there is.
        let holder = try #require(FullBacklog(address: "198.51.100.7", port: 81, on: island))
        let result = await harness.fetch("http://198.51.100.7:\(holder.port)/")
        #expect(result.curlCode == 7)
        #expect(result.osErrno == EADDRNOTAVAIL)
        #expect(OutcomeClassifier().classify(result).outcome == .inconclusive)
        #expect(!result.metLocalLimit, "other addresses have their own ports")
        #expect(await harness.fetch("http://198.51.100.8/").status == 200)
    }

    @Test("ETIMEDOUT: the kernel gives up before we do")
    func kernelTimeout() async throws {
        let full = try #require(FullBacklog())
        let kernel = SocketCalls()
        let harness = FetchHarness {
            $0.socketCalls.socket = { family, type, number in
                let made = kernel.socket(family, type, number)
                if case .success(let socket) = made {
                    var patience: UInt32 = 200  // milliseconds
                    setsockopt(socket, Int32(IPPROTO_TCP), 18, &patience, socklen_t(MemoryLayout<UInt32>.size))
                }
                return made
            }
        }
        let result = await harness.fetch("http://127.0.0.1:\(full.port)/")
        #expect(OutcomeClassifier().classify(result).outcome == .connectTimeout)
        #expect(result.osErrno == ETIMEDOUT)
    }

    /// A socket belongs to the network of the thread that makes it, wherever it is connected.
    private static func harness(on island: NetworkIsland) -> FetchHarness {
        let kernel = SocketCalls()
        return FetchHarness {
            $0.allowAddresses = [IPNetwork("0.0.0.0/0")].compactMap { $0 }
            $0.socketCalls.socket = { family, type, number in
                (try? island.run { kernel.socket(family, type, number) }) ?? .failure(SocketFault(errno: ENFILE))
            }
        }
    }
}
