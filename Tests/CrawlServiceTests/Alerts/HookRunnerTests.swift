import CrawlCore
import CrawlTesting
import Foundation
import Testing

@testable import CrawlService

@Suite(.timeLimit(.minutes(2))) struct HookRunnerTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func run(_ hook: Hook, on runner: HookRunner = HookRunner()) async -> HookResult {
        await withCheckedContinuation { answer in runner.run(hook) { answer.resume(returning: $0) } }
    }

    func sh(_ script: String, input: [UInt8] = [], timeout: Duration = .seconds(60)) -> Hook {
        Hook(arguments: ["/bin/sh", "-c", script], input: input, timeout: timeout)
    }

    func text(_ result: HookResult) -> String { String(decoding: result.output, as: UTF8.self) }

    /// A FIFO, opened for both so that neither side waits for the other.
    func fifo(_ name: String) throws -> (path: String, descriptor: Int32) {
        let path = folder.file(name)
        try #require(mkfifo(path, 0o600) == 0)
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        try #require(descriptor >= 0)
        return (path, descriptor)
    }

    // MARK: What it gets

    @Test func readsItsInputAndItsOutputIsKept() async {
        let result = await run(sh("cat; echo error >&2", input: Array("hello\n".utf8)))
        #expect(result == HookResult(ending: .exited(0), output: Array("hello\nerror\n".utf8)))
    }

    @Test func environmentIsExactlyWhatWasGiven() async {
        var hook = Hook(arguments: ["/usr/bin/env"])
        hook.environment = [("CRAWLD_EVENT", "resolved"), ("CRAWLD_URL", "https://a.example/?x=1 2")]
        let result = await run(hook, on: HookRunner(path: "/bin:/usr/bin", language: "C.UTF-8"))
        #expect(
            text(result)
                == "PATH=/bin:/usr/bin\nLANG=C.UTF-8\nCRAWLD_EVENT=resolved\nCRAWLD_URL=https://a.example/?x=1 2\n")
    }

    @Test func inheritsNoDescriptor() async {
        let inheritable = fcntl(open("/dev/null", O_RDONLY), F_DUPFD, 200)
        defer { close(inheritable) }
        // 3 is the folder that ls itself reads.
        #expect(text(await run(Hook(arguments: ["/bin/ls", "/proc/self/fd"]))) == "0\n1\n2\n3\n")
    }

    @Test func startsWithDefaultSignals() async {
        let result = await run(Hook(arguments: ["/bin/grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]))
        let masks = text(result).split(separator: "\n").compactMap { UInt64($0.suffix(16), radix: 16) }
        // Signals 32 and 33 are the C library's own.
        #expect(masks.map { $0 & ~0x1_8000_0000 } == [0, 0])
    }

    @Test func leadsAGroupOfItsOwnAndIsReaped() async throws {
        let numbers = text(await run(Hook(arguments: ["/usr/bin/cut", "-d ", "-f1,5", "/proc/self/stat"])))
            .split(whereSeparator: \.isWhitespace)
        try #require(numbers.count == 2)
        #expect(numbers[0] == numbers[1])
        #expect(access("/proc/\(numbers[0])/stat", F_OK) == -1)
    }

    // MARK: How it ends

    @Test func endings() async {
        #expect(await run(sh("exit 3")).ending == .exited(3))
        #expect(await run(sh("kill -TERM $$")).ending == .signalled(SIGTERM))
        #expect(await run(Hook(arguments: ["/nowhere/x"])).ending == .notStarted("No such file or directory"))
        #expect(await run(Hook(arguments: [])).ending == .notStarted("No such file or directory"))
    }

    @Test func aHookThatHangsIsKilledAtTheTimeOut() async {
        #expect(await run(sh("trap '' TERM INT; sleep 1000", timeout: .milliseconds(100))).ending == .timedOut)
    }

    @Test func theWholeGroupIsKilled() async throws {
        let (path, descriptor) = try fifo("held")
        let runner = HookRunner()
        async let result = run(sh("(echo up; exec sleep 1000) > \(path) & wait"), on: runner)
        var byte = [UInt8](repeating: 0, count: 3)
        #expect(read(descriptor, &byte, 3) == 3)
        // Reading only from here on: when the last writer is gone the FIFO hangs up.
        let reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        close(descriptor)
        defer { close(reader) }
        runner.kill()
        var waiting = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        #expect(poll(&waiting, 1, 60_000) == 1)
        #expect(await result.ending == .abandoned)
    }

    @Test func aHookThatNeverReadsHangsNobody() async {
        let large = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        #expect(await run(sh("exit 0", input: large)).ending == .exited(0))
        #expect(
            await run(sh("exec 0<&-; echo closed", input: large))
                == HookResult(
                    ending: .exited(0), output: Array("closed\n".utf8)))
        #expect(await run(sh("wc -c", input: large)).output == Array("1048576\n".utf8))
    }

    @Test func longOutputIsCutAndDrained() async {
        let result = await run(sh("head -c 1048576 /dev/zero | tr '\\0' y; exit 4"))
        #expect(result.ending == .exited(4))
        #expect(result.output == [UInt8](repeating: UInt8(ascii: "y"), count: 8192))
        #expect(result.isCut)
    }

    @Test func aChildThatHoldsTheOutputIsNotWaitedFor() async throws {
        let result = await run(sh("sleep 1000 & echo $!"))
        #expect(result.ending == .exited(0))
        let child = try #require(pid_t(text(result).dropLast()))
        #expect(kill(child, SIGKILL) == 0)
    }

    @Test func aChildThatNeverStopsWritingIsNotWaitedFor() async throws {
        let result = await run(sh("yes & exit 0"))
        #expect(result.ending == .exited(0))
    }

    // MARK: How many

    @Test func othersWaitInOrder() async throws {
        let first = try fifo("first")
        let second = try fifo("second")
        defer {
            close(first.descriptor)
            close(second.descriptor)
        }
        let runner = HookRunner(limit: 2)
        let order = LockedLines()
        let group = DispatchGroup()
        let scripts = [
            ("first", "read x < \(first.path)"), ("second", "read x < \(second.path)"), ("third", "true"),
            ("fourth", "true"),
        ]
        for (name, script) in scripts {
            group.enter()
            runner.run(sh(script)) { _ in
                order.add([name])
                group.leave()
            }
        }
        #expect(runner.load == (2, 2))
        #expect(write(first.descriptor, "\n", 1) == 1)
        // The second runs on: the other two go through the free place, one after the other.
        while order.all.count < 3 { await Task.yield() }
        #expect(order.all == ["first", "third", "fourth"])
        #expect(write(second.descriptor, "\n", 1) == 1)
        await withCheckedContinuation { done in group.notify(queue: .global()) { done.resume() } }
        #expect(order.all.last == "second")
        #expect(runner.load == (0, 0))
    }

    @Test func stopAbandonsWhatWaits() async throws {
        let gate = try fifo("gate")
        defer { close(gate.descriptor) }
        let runner = HookRunner(limit: 1)
        async let running = run(sh("read x < \(gate.path)"), on: runner)
        while runner.load.running == 0 { await Task.yield() }
        async let waiting = run(sh("true"), on: runner)
        while runner.load.waiting == 0 { await Task.yield() }
        runner.stop()
        #expect(await waiting.ending == .abandoned)
        #expect(await run(sh("true"), on: runner).ending == .abandoned)
        #expect(write(gate.descriptor, "\n", 1) == 1)
        #expect(await running.ending == .exited(0))
    }

    /// Descriptors that come and go thousands of times, four at a time: what brought the whole process down once.
    @Test func thousandsOfHooksInARow() async {
        let runner = HookRunner()
        let good = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<3000 {
                let input = Array("message \(number)\n".utf8)
                group.addTask {
                    let result = await run(Hook(arguments: ["/bin/cat"], input: input), on: runner)
                    return result == HookResult(ending: .exited(0), output: input)
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(good == 3000)
    }
}
